"""One sync of one client, and what is looked at on the way."""
