"""How a passphrase is given: by the file that it stands in, or typed at a question; it is never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file", metavar="ФАЙЛ", help="Файл с парольной фразой; без него она спрашивается."
    ),
]


def given_passphrase(file: Path | None, *, again: bool = False) -> str:
    """Take the passphrase from its file, else ask for it; `again` = twice. It is never shown."""
    from cli.refusals import refused
    from operations.world.passphrases import read_passphrase

    if file is not None:
        return read_passphrase(file)
    given = str(typer.prompt("Парольная фраза", hide_input=True))
    if again and str(typer.prompt("Ещё раз", hide_input=True)) != given:
        raise refused("Парольные фразы не совпали. Ничего не записано.", "Введите одну и ту же фразу дважды.")
    return given
