"""Clients, frozen months, close steps and seals; entries are added and never changed."""
