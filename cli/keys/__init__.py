"""The key of seals on the command line."""
