"""The life of a month: open, close, correct."""
