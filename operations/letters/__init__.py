"""Letters to people of a client, a channel a file."""
