"""The installed program's one name among everybody's packages; its rooms lie in a folder of their own."""
