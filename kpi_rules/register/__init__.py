"""The register of leads: a lead once seen cannot be made to disappear (behaviour §4a)."""
