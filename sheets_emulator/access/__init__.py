"""Who calls, and what they may do with a file: accounts, key files, tokens, roles."""
