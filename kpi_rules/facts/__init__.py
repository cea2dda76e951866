"""What people entered, typed, and what is counted from it."""
