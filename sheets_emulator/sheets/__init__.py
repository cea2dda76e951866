"""Sheets v4: its addresses and methods."""
