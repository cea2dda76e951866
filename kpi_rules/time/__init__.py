"""Months, working days, and the life of a month."""
