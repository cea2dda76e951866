"""What the terminal shows: tables, money, progress."""
