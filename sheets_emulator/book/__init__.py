"""A spreadsheet as it is kept: tabs and their cells, ranges in writing, references that follow what moves."""
