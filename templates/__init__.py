"""What is deployed to a client, as data: tabs, protections, rulebooks, texts; and its loader."""
