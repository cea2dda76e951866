"""Where the emulator's data lie."""

from __future__ import annotations

import shlex
from pathlib import Path


def folder_of(data: Path | None) -> Path:
    """Give the data folder, whether it is there or not."""
    from operations.world.settings import RunSettings, home_folder

    return data.absolute() if data else RunSettings(home=home_folder()).emulator_folder


def existing_folder(data: Path | None) -> Path:
    """Give the data folder; a question about one that is not there makes none."""
    from cli.refusals import refused

    folder = folder_of(data)
    if not (folder / "emulator.db").is_file():
        raise refused(
            f"Данных эмулятора в {folder} нет.",
            "Запустите «kpi demo» или «kpi emulator», либо укажите --data.",
        )
    return folder


def for_folder(command: str, folder: Path) -> str:
    """What to type: a command that names the folder where that is not the usual one."""
    return command if folder == folder_of(None) else f"{command} --data {shlex.quote(near(folder))}"


def near(path: Path) -> str:
    """Write a path from here where it lies below, else in full."""
    path = path.absolute()
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
