"""What people entered that contradicts itself, each with its place."""
