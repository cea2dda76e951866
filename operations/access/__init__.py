"""Who may open a client's files, where they lie, and whether that is as it was set."""
