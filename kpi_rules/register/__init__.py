"""The register of leads, of which none once seen can be made to disappear, and the signals (behaviour §4a)."""
