"""A close that an earlier release began and did not finish is finished by the present program, as it was begun.

`cut_off/VERSION/ledger.sqlite` is the ledger of that release's piece after both clients' open months were to be closed
by that very release and were cut off right after their snapshots; everything else of the home is the piece's own.
"""

import hashlib
import json
import shutil

import pytest

from tests.golden.museum.pieces import MUSEUM, Piece
from tests.golden.museum.test_museum import OPEN_MONTH_PAYS

CUT_OFF = sorted(path.parent for path in MUSEUM.glob("cut_off/*/MANIFEST.sha256"))
BY_COMMAND_TIYN = 1_111 * 100
"""What `test_museum` has corrected by command before it closes, and nobody has here."""


@pytest.fixture(params=CUT_OFF, ids=lambda folder: folder.name)
def folder(request):
    return request.param


@pytest.fixture
def piece(folder):
    return Piece(MUSEUM / folder.name)


@pytest.fixture
def cut_off(folder, home):
    """The piece's home with the ledger in which both closes stand on their snapshots."""
    shutil.copyfile(folder / "ledger.sqlite", home / "ledger.sqlite")
    (home / "ledger.sqlite").chmod(0o600)


def test_the_ledger_is_as_it_was_made(folder):
    digest, name = (folder / "MANIFEST.sha256").read_text(encoding="utf-8").split()
    assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_both_closes_are_finished_in_the_form_in_which_they_were_begun(piece, cut_off, kpi, tmp_path):
    for slug, client in piece.clients.items():
        kpi("month", "close", slug, client["open"], "--yes", "--as-of", client["close_at"])
        kpi("seal", "export", slug, client["open"], tmp_path / f"{slug}.json")
        record = json.loads((tmp_path / f"{slug}.json").read_bytes())["record"]
        assert ("form" in record, record["engine"], record["program"]) == (False, "1", piece.version)
        lines = {line["code"]: line for line in record["payroll"]["lines"]}
        paid = {code: (line["score_percent"], line["total_tiyn"]) for code, line in lines.items()}
        assert paid == {
            code: (percent, tenge * 100 - (BY_COMMAND_TIYN if code == "M01" else 0))
            for code, (percent, tenge) in OPEN_MONTH_PAYS[piece.version][slug].items()
        }
    closed = sum(len(client["closed"]) + 1 for client in piece.clients.values())
    assert kpi("verify", "--recompute").count("байт в байт") == closed
    assert kpi("verify").count("целы") == closed
