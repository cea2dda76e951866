"""From the facts of a month to everything that the rules say about it."""
