"""The pieces of the museum: whether one is as it was made, and a copy of it opened for a test."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.golden.museum.making import MANIFEST, manifest

MUSEUM = Path(__file__).parent


@dataclass(frozen=True)
class Piece:
    """The folder of one release."""

    folder: Path

    @property
    def version(self) -> str:
        """The release that sealed it."""
        return self.folder.name

    @cached_property
    def told(self) -> dict[str, Any]:
        """What `piece.json` says."""
        return dict(json.loads((self.folder / "piece.json").read_text(encoding="utf-8")))

    @property
    def clients(self) -> dict[str, dict[str, Any]]:
        """The clients by their short names."""
        return dict(self.told["clients"])

    def seal_file(self, slug: str, month: str) -> Path:
        """Where a sealed month lies as it was exported."""
        return self.folder / "seals" / f"{slug}-{month}.json"

    def faults(self) -> list[str]:
        """Name each file that is not as it was made, a sentence each."""
        made, found = ({name: digest for digest, name in _lines(text)} for text in self._manifests())
        differing = sorted(name for name in made.keys() | found.keys() if made.get(name) != found.get(name))
        return [
            f"Museum {self.version}: {name} {_what(name in made, name in found)}; a piece is never edited: "
            "bring it back with git."
            for name in differing
        ]

    def copy_home(self, home: Path) -> None:
        """Copy the data folder to where the program may write. ValueError where the piece was touched.

        Git keeps no file modes, and the signing key must be its owner's alone. Of the emulator's address
        nothing is kept: whoever serves the copy takes a free port and writes the key files anew.
        """
        if faults := self.faults():
            raise ValueError(faults[0])
        shutil.copytree(self.folder / "home", home)
        home.chmod(0o700)
        (home / "seal-key.pem").chmod(0o600)

    def _manifests(self) -> tuple[str, str]:
        return (self.folder / MANIFEST).read_text(encoding="utf-8"), manifest(self.folder)


def pieces() -> list[Piece]:
    """Give every piece, the oldest first."""
    folders = [path.parent for path in MUSEUM.glob(f"*/{MANIFEST}")]
    return [Piece(folder) for folder in sorted(folders, key=_order)]


def _order(folder: Path) -> list[int]:
    return [int(part) for part in folder.name.split(".")]


def _lines(text: str) -> list[list[str]]:
    return [line.split("  ", maxsplit=1) for line in text.splitlines()]


def _what(made: bool, found: bool) -> str:  # noqa: FBT001  # two answers side by side
    if made and found:
        return "was changed"
    return "was taken away" if made else "was added"
