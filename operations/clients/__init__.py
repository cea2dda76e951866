"""Deploying the template to a client, and who may open its files."""
