"""Cells as one caller changes and sees them: entering, protection, conditions, looks, and the answers that tell."""
