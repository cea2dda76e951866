"""What is done for all clients in a night, by one list of steps for flows and command line, and what became of it."""
