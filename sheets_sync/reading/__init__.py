"""From raw cells to typed inputs and problems."""
