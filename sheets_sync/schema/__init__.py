"""What the spreadsheets look like, as values."""
