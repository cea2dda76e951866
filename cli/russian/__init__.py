"""What Typer itself says, in Russian: it says it in English and has no setting for it."""
