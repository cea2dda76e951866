"""A folder shows at most 20 files and a file of code is at most 500 lines, so that both can be seen as a whole.

Pages and texts are looked up by a name and not read through, so they may be longer.
"""

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[3]
FILES_MAX, LINES_MAX = 20, 500
LARGE_FOLDERS = {
    "templates/texts": "a file for each topic and language, so that one looks through a topic in one language",
    "tests/golden/problems": "a case a file: data, read one at a time",
    "tests/golden/problems/kk": "a case a file",
    "tests/golden/problems/en": "a case a file",
}
LONG_FILES: dict[str, str] = {}
CODE = {".py", ".js", ".css", ".mjs"}


MADE_HERE = {"__pycache__", "node_modules", "demo-out"}


def sources():
    """All files of the checkout but for hidden folders and what is made there."""
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and MADE_HERE.isdisjoint(parts) and not any(part.startswith(".") for part in parts):
            yield path.relative_to(ROOT)


def test_a_folder_shows_at_most_twenty_files():
    counted = Counter(path.parent.as_posix() for path in sources())
    large = {folder: count for folder, count in counted.items() if count > FILES_MAX}
    assert large.keys() <= LARGE_FOLDERS.keys(), large


def test_a_file_of_code_is_at_most_five_hundred_lines():
    lines = {
        path.as_posix(): (ROOT / path).read_bytes().count(b"\n") for path in sources() if path.suffix in CODE
    }
    long = {path: count for path, count in lines.items() if count > LINES_MAX}
    assert long.keys() <= LONG_FILES.keys(), long


def test_whatever_is_excepted_is_still_there():
    assert all((ROOT / name).exists() for name in (*LARGE_FOLDERS, *LONG_FILES))
