"""Where the emulator's data lie."""

from __future__ import annotations

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
