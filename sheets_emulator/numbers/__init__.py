"""Numbers, dates and times: what a file's locale decides, formats that show them, and what a typed text means."""
