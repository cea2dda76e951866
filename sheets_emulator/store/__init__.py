"""The data folder: records, the SQLite file that keeps them, and what all handlers share."""
