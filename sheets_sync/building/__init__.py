"""What tabs and files are made of, and the requests that make them so."""
