"""The same books as .xlsx files."""
