"""The template as files to fill in: the same tabs as on Google, as XLSX."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from kpi_rules.errors import RefusedError
from kpi_rules.time.settings import Settings
from operations.world.new_files import unwritable
from operations.world.telling import refuse_language, refuse_options, refuse_template
from sheets_sync.building.blueprints import blueprints
from sheets_sync.schema.layout import Book
from sheets_sync.xlsx import writing as xlsx_writing
from templates.loading import Template, load


def export_template(
    template: str,
    path: Path,
    payroll_path: Path | None = None,
    language: str = "ru",
    options: Collection[str] = (),
) -> None:
    """Write the empty workbook of a template, and its payroll book where asked, as XLSX to fill in.

    Raises RefusedError: no such template or option, a folder that is not there or not writable, or a file that is there
    already (somebody may have filled it in).
    """
    refuse_template(template)
    refuse_language(language)
    refuse_options(template, options)
    kind = load(template, language, options=options)
    wanted = [(path, kind.layout.workbook)]
    if payroll_path is not None:
        wanted.append((payroll_path, kind.layout.payroll))
    _refuse_places([place for place, _ in wanted])
    for place, book in wanted:
        _write(place, book, kind)


def _refuse_places(paths: Iterable[Path]) -> None:
    seen: set[Path] = set()
    for path in paths:
        if path.suffix.lower() != ".xlsx":
            raise RefusedError("not_an_excel_name", file=str(path), better=f"{path.stem or 'kpi'}.xlsx")
        if not path.parent.is_dir():
            raise RefusedError("folder_missing", folder=str(path.parent))
        if path.exists() or path.absolute() in seen:
            raise RefusedError("file_exists", file=str(path))
        seen.add(path.absolute())


def _write(path: Path, book: Book, kind: Template) -> None:
    try:
        xlsx_writing.write(
            path, blueprints(book, kind.texts, kind.rulebook, Settings(language=kind.layout.language))
        )
    except OSError as error:
        raise unwritable(error, path) from error
