"""Commands for the day on which something is lost: backup, restore, adopt."""
