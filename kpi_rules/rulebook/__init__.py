"""Rulebooks: which measures count, how they are scored, what a score pays, and from which month on."""
