"""What an operation needs of the world: accounts, ledger, settings, books, words."""
