"""Prefect flows: which operation, for which clients, when, and with what retries."""
