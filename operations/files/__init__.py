"""The same without Google: files scored, templates written."""
