"""Measures: what is measured, in which unit, against which target, and how a fact comes from counts."""
