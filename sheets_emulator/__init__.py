"""A local Google Sheets v4 and Drive v3 over HTTP, for working without a Google account."""
