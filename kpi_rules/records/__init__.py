"""Everything that is frozen or sealed, as plain JSON values and back."""
