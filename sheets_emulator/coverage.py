"""What of Google's API is emulated, told by the code itself: `python -m sheets_emulator.coverage docs/emulator.md`.

The parts of a document between `<!-- coverage: begin -->` and `end`, and likewise `faults`, are written anew;
a test compares.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic.alias_generators import to_camel

from sheets_emulator import drive
from sheets_emulator.requests.batch import BATCH_KINDS, EMULATED
from sheets_emulator.serving.faults import Faults
from sheets_emulator.serving.quota import Quota
from sheets_emulator.sheets.routes import ENDPOINTS
from sheets_emulator.wire.schema import method_at, methods

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


def sheets_methods() -> dict[str, bool]:
    """Method id of Sheets v4 → whether it is emulated."""
    served = {endpoint.id for endpoint in ENDPOINTS}
    return {name: name in served for name in methods("sheets_v4")}


def request_kinds() -> dict[str, bool]:
    """Kind of request of batchUpdate → whether it is emulated."""
    return {name: name in EMULATED for name in sorted(BATCH_KINDS)}


def drive_methods() -> dict[str, bool]:
    """Method id of Drive v3 → whether it is emulated."""
    served = {
        method_at("drive_v3", verb, route.path)
        for route in drive.routes
        for verb in sorted(route.methods or ())
    }
    return {name: name in served for name in methods("drive_v3")}


def tables() -> str:
    """The three tables as Markdown, a row for each resource."""
    parts = [
        _table("Methods of Sheets v4", _by_resource(sheets_methods())),
        _table("Methods of Drive v3", _by_resource(drive_methods())),
        _table("Requests of `spreadsheets.batchUpdate`", {"batchUpdate": request_kinds()}),
    ]
    return "\n".join(parts)


def _by_resource(emulated_by_name: dict[str, bool]) -> dict[str, dict[str, bool]]:
    """Method ids under their resource: `drive.files.list` under `files`."""
    grouped: dict[str, dict[str, bool]] = {}
    for name, emulated in emulated_by_name.items():
        resource, _, method = name.partition(".")[2].rpartition(".")
        grouped.setdefault(resource, {})[method] = emulated
    return grouped


def _table(title: str, grouped: dict[str, dict[str, bool]]) -> str:
    every = [emulated for of_resource in grouped.values() for emulated in of_resource.values()]
    lines = [
        f"### {title}: {sum(every)} of {len(every)}",
        "",
        "| | emulated | not emulated |",
        "| --- | --- | --- |",
    ]
    for name, of_resource in grouped.items():
        cells = [
            ", ".join(f"`{one}`" for one, emulated in of_resource.items() if emulated == wanted) or "–"
            for wanted in (True, False)
        ]
        lines.append(f"| {name} | {cells[0]} | {cells[1]} |")
    return "\n".join(lines) + "\n"


def fault_table() -> str:
    """The fields of a plan of faults as Markdown."""
    lines = ["| field | default | meaning |", "| --- | --- | --- |"]
    for name, field in Faults.model_fields.items():
        if name == "quota":
            lines += [_field_line(f"quota.{to_camel(n)}", one) for n, one in Quota.model_fields.items()]
        else:
            lines.append(_field_line(to_camel(name), field))
    return "\n".join(lines) + "\n"


def _field_line(name: str, field: FieldInfo) -> str:
    default = field.default
    if isinstance(default, tuple):
        shown = f"`{list(default)}`"
    else:
        shown = "none" if default is None else f"`{default}`"
    return f"| `{name}` | {shown} | {field.description} |"


def rewritten(document: str) -> str:
    """The document with the parts between the marks made anew."""
    for name, made in (("coverage", tables()), ("faults", fault_table())):
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        before, _, rest = document.partition(begin)
        _, _, after = rest.partition(end)
        document = f"{before}{begin}\n{made}{end}{after}"
    return document


def main(path: str) -> None:
    """Rewrite a document in place."""
    document = Path(path)
    document.write_text(rewritten(document.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
