"""Formulas: Google's syntax, its translation for the evaluation engine, and what the cells come to."""
