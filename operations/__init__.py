"""What can be done for a client, as plain functions in small steps."""
