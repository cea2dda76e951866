"""What people entered, typed, and the arrays and frames that hold it."""
