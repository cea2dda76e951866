"""Every release's sealed clients, under the present program: read, recounted, corrected, and closed on top of.

Only the `kpi` command is asked, and people type over HTTP: whatever moves inside, these tests stay. They never
change a piece; they work on copies of its home.
"""

import json
import re
import shutil
import sys

import pytest

from templates.loading import load, templates_at
from tests.golden.museum import making
from tests.golden.museum.people import Office
from tests.golden.museum.pieces import Piece, pieces
from tests.next_layout import next_templates

KINDS = {"zhetisu": ("b2b", "ru"), "sunrise": ("b2c", "en")}
"""What the museum's recipe deploys (`tests/golden/museum/making.py`): template and language, by client."""
LATE_AT, CORRECTED_AT = "2026-05-04T11:00", "2026-05-04T12:00"
NOBODYS_KEY = "0" * 64
OPEN_MONTH_PAYS = {
    "0.1.0": {
        "zhetisu": {
            "M01": (92, 195_000 + 203_417 - 20_000 + 1_111),
            "M03": (94, 176_109 + 198_333 + 7_500),
            "R01": (98, 311_207 + 354_111),
        },
        "sunrise": {
            "M01": (104, 187_301 + 203_417 - 196_583 + 1_111),
            "M03": (100, 176_109 + 198_333),
            "R01": (98, 311_207 + 354_111 + 9_001),
        },
    }
}
"""By piece, client and code: the score, and the pay in ₸ with what is carried, what waited, and the test's 1 111.

M01 of `sunrise` owed 400 000 in March, of which 203 417 were held back: 196 583 are left. The tick that is missing
for R01 of `zhetisu` keeps his 5 000 waiting."""


def closed_months(piece):
    return [(slug, month) for slug, client in piece.clients.items() for month in client["closed"]]


def fingerprints(piece, slug):
    """What is printed of each closed month: the first digits of its digest."""
    digits = [month["digest"][:16].upper() for month in piece.clients[slug]["closed"].values()]
    return ["-".join(text[at : at + 4] for at in range(0, 16, 4)) for text in digits]


def assert_verified(out, piece, slug, late=0):
    """Each month once with its fingerprint, files intact, and so many months with late edits."""
    lines = [line for line in out.splitlines() if "№" in line and "целы" in line]
    for fingerprint in fingerprints(piece, slug):
        assert len([line for line in lines if fingerprint in line]) == 1
    assert len([line for line in lines if "нет" not in line]) == late


def test_the_museum_has_a_piece():
    assert [piece.version for piece in pieces()][:1] == ["0.1.0"]


# ---- the piece itself
def test_a_piece_is_as_it_was_made(piece):
    assert piece.faults() == []
    assert not [path.name for path in piece.folder.rglob("*") if path.name.endswith(("-wal", "-shm"))]


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda home: (home / "ledger.sqlite").write_bytes(b"x"), "home/ledger.sqlite was changed"),
        (lambda home: (home / "seal-key.pem").unlink(), "home/seal-key.pem was taken away"),
        (lambda home: (home / "more.txt").write_text("x"), "home/more.txt was added"),
    ],
)
def test_a_piece_that_was_touched_is_named_in_a_sentence_and_not_opened(piece, spoil, what, tmp_path):
    spoilt = Piece(tmp_path / piece.version)
    shutil.copytree(piece.folder, spoilt.folder)
    spoil(spoilt.folder / "home")
    told = f"Museum {piece.version}: {what}; a piece is never edited: bring it back with git."
    assert spoilt.faults() == [told]
    with pytest.raises(ValueError, match=what):
        spoilt.copy_home(tmp_path / "home")
    assert not (tmp_path / "home").exists()


def test_a_piece_is_never_made_again(piece):
    with pytest.raises(SystemExit, match="never made again"):
        making.make(piece.version)


# ---- reading what was sealed
def test_every_closed_month_verifies_without_a_difference_or_a_late_edit(piece, home, kpi):
    out = kpi("verify", *piece.clients)
    for slug in piece.clients:
        assert_verified(out, piece, slug)
    assert len([line for line in out.splitlines() if "целы" in line]) == len(closed_months(piece))


def test_every_closed_month_is_recounted_to_the_same_bytes(piece, home, kpi):
    out = kpi("verify", *piece.clients, "--recompute")
    recounted = [line for line in out.splitlines() if "байт в байт" in line]
    assert len(recounted) == len(closed_months(piece))
    told = "\n".join(recounted)
    assert [
        print_ for slug in piece.clients for print_ in fingerprints(piece, slug) if print_ not in told
    ] == []


def test_the_exported_months_hold_by_the_public_key_alone(piece, kpi, tmp_path, monkeypatch):
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "nothing"))
    files = [piece.seal_file(*each) for each in closed_months(piece)]
    out = kpi("seal", "check", *files, "--key", piece.told["public_key"], "--recompute")
    assert out.count("байт в байт") == len(files)
    assert not (tmp_path / "nothing").exists()
    kpi("seal", "check", *files, "--key", NOBODYS_KEY, fails_with=1)


def test_the_ledger_still_exports_the_very_bytes_that_were_sealed(piece, home, kpi, tmp_path):
    for slug, month in closed_months(piece):
        kpi("seal", "export", slug, month, tmp_path / "seal.json")
        content = (tmp_path / "seal.json").read_bytes()
        assert content == piece.seal_file(slug, month).read_bytes()
        seal, told = json.loads(content), piece.clients[slug]["closed"][month]
        record = seal["record"]
        assert (seal["number"], seal["digest"]) == (told["number"], told["digest"])
        assert making.digest_of(record) == told["record_sha256"]
        assert making.digest_of(record["results"]) == told["results_sha256"]
        assert making.digest_of(record["payroll"]) == told["payroll_sha256"]
        (tmp_path / "seal.json").unlink()


# ---- what-if
def test_a_month_under_its_own_rules_would_have_paid_the_same(piece, home, kpi, tmp_path):
    """The last closed month's rules as a draft, laid over that month alone."""
    for slug, client in piece.clients.items():
        draft = tmp_path / f"{slug}.toml"
        kpi("rules", "export", slug, max(client["closed"]), draft)
        out = kpi("whatif", slug, "--rulebook", draft, "--months", 1)
        assert max(client["closed"]) in out
        assert "Фонд переменной части не изменился бы" in out


def test_other_rules_are_laid_over_all_closed_months(piece, home, kpi, tmp_path):
    """Where only 100 points pay in full, nearly everybody loses."""
    for slug, client in piece.clients.items():
        draft = tmp_path / f"{slug}.toml"
        kpi("rules", "export", slug, min(client["closed"]), draft)
        text = draft.read_text(encoding="utf-8")
        assert "from_percent = 80" in text
        draft.write_text(text.replace("from_percent = 80", "from_percent = 100"), encoding="utf-8")
        out = kpi("whatif", slug, "--rulebook", draft, "--months", len(client["closed"]))
        assert [month for month in client["closed"] if month not in out] == []
        assert "Фонд переменной части снизился бы на" in out
        assert "нет данных" not in out


# ---- going on
@pytest.fixture
def closed_on_top(piece, home, kpi):
    return close_on_top(piece, kpi)


def close_on_top(piece, kpi):
    """A correction of a closed month by command, then the open month closed; give what the close printed."""
    printed = {}
    for slug, client in piece.clients.items():
        corrected = max(client["closed"])
        kpi(
            "month", "correct", slug, corrected, "--employee", "M01", "--amount", "1111", "--reason", "Museum",
            "--approve", client["owner"], "--as-of", CORRECTED_AT,
        )  # fmt: skip
        kpi("sync", slug, "--as-of", CORRECTED_AT)
        printed[slug] = kpi("month", "close", slug, client["open"], "--yes", "--as-of", client["close_at"])
    return printed


def test_the_open_month_closes_on_top_and_the_old_ones_stay(piece, closed_on_top, kpi, tmp_path):
    verified, recounted = kpi("verify"), kpi("verify", "--recompute")
    assert recounted.count("байт в байт") == len(closed_months(piece)) + len(piece.clients)
    for slug, client in piece.clients.items():
        number = len(client["closed"]) + 1
        assert f"Печать № {number}" in closed_on_top[slug]
        assert_verified(verified, piece, slug)
        files = []
        for month in [*client["closed"], client["open"]]:
            files.append(tmp_path / f"{slug}-{month}.json")
            kpi("seal", "export", slug, month, files[-1])
        for month, file in zip(client["closed"], files, strict=False):
            assert file.read_bytes() == piece.seal_file(slug, month).read_bytes()
        last = json.loads(files[-1].read_bytes())
        assert (last["number"], last["previous"]) == (number, json.loads(files[-2].read_bytes())["digest"])
        kpi("seal", "check", *files, "--key", piece.told["public_key"], "--recompute")


def test_the_open_month_pays_by_its_frozen_rules_what_waited_and_what_was_carried(
    piece, closed_on_top, kpi, tmp_path
):
    for slug, client in piece.clients.items():
        assert_pays_what_waited_and_was_carried(piece, slug, client, kpi, tmp_path)


def assert_pays_what_waited_and_was_carried(piece, slug, client, kpi, tmp_path):
    out = tmp_path / f"{slug}.json"
    kpi("payroll", "export", slug, client["open"], "--format", "json", "--out", out)
    lines = json.loads(out.read_text(encoding="utf-8"))["lines"]
    paid = {line["code"]: (line["score_percent"], line["total_tiyn"] // 100) for line in lines}
    assert paid == OPEN_MONTH_PAYS[piece.version][slug]


def test_a_late_edit_of_a_sealed_month_is_found_and_becomes_a_correction(piece, home, kpi):
    """Somebody adds 200 000 ₸ to M02's deal of January: full pay instead of half."""
    client = piece.clients["zhetisu"]
    office = Office(home, kpi)
    place = (client["workbook"], "Сделки")
    with making.emulator(home):
        path = f"/v4/spreadsheets/{place[0]}/values/{place[1]}"
        rows = office.call(client["head"], "GET", path, params={"valueRenderOption": "UNFORMATTED_VALUE"})
        row, amount = next(
            (number, row[7])
            for number, row in enumerate(rows["values"], start=1)
            if row[2] in ("M02", "Марат Жумабаев") and row[6] == "Сделка"
        )
        office.enter(client["head"], place, [[amount + 200_000]], row=row, column=7)
    out = kpi("verify", "zhetisu", fails_with=1)
    assert_verified(out, piece, "zhetisu", late=1)
    assert f"H{row}" in out
    corrected = kpi(
        "month", "correct", "zhetisu", "2026-01", "--employee", "M02", "--from-late-edits", "--reason", "Museum",
        "--approve", client["owner"], "--as-of", LATE_AT,
    )  # fmt: skip
    assert "105 959 ₸" in corrected
    kpi("month", "close", "zhetisu", client["open"], "--yes", "--as-of", client["close_at"])
    assert_verified(kpi("verify", "zhetisu", fails_with=1), piece, "zhetisu", late=1)


# ---- layouts
@pytest.mark.parametrize("upgrades", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_under_the_next_release_a_piece_goes_on_before_and_after_its_upgrade(
    upgrades, piece, home, kpi, tmp_path
):
    """With a layout that brings tabs and columns: the same verdicts and the same pay on the old one and the new."""
    with templates_at(next_templates(tmp_path / "templates")):
        if upgrades:
            assert "Ничего не записано" in kpi("client", "upgrade", "--all", "--dry-run")
            done = kpi("client", "upgrade", "--all")
            assert done.count("Готово") == len(piece.clients)
            assert_brought_every_later_tab(piece, done)
            assert kpi("client", "upgrade", "--all").count("делать нечего") == len(piece.clients)
            verified = kpi("verify")
            for slug in piece.clients:
                assert_verified(verified, piece, slug)
        close_on_top(piece, kpi)
        verified = kpi("verify", "--recompute")
        assert verified.count("байт в байт") == len(closed_months(piece)) + len(piece.clients)
        for slug, client in piece.clients.items():
            assert_pays_what_waited_and_was_carried(piece, slug, client, kpi, tmp_path)


def assert_brought_every_later_tab(piece, done):
    """Each tab that layouts after a client's bring, by its title, and no other: those of the next one among them."""
    told = re.split(r"\(([\w-]+)\): листы версии (\d+) → ", done)[1:]
    upgrades = {slug: (int(layout), lines) for slug, layout, lines in zip(*[iter(told)] * 3, strict=True)}
    assert upgrades.keys() == piece.clients.keys()
    for slug, (number, lines) in upgrades.items():
        earlier = load(*KINDS[slug], layout=number).layout
        later = [
            tab for book in (earlier.workbook, earlier.payroll) for tab in book.absent_tabs if not tab.option
        ]
        assert {"visits", "bonuses"} <= {tab.key for tab in later}
        assert sorted(re.findall(r"«([^»]+)»\n\s+\+ новый лист", lines)) == sorted(tab.title for tab in later)
        assert lines.count("новый лист") == len(later)


def test_an_upgrade_guards_the_minutes_of_a_piece_as_new_files_do(piece, home, kpi):
    """«План» of deals has minutes, and so have daily reports; of release 0.1.0 on."""
    done = kpi("client", "upgrade", "--all")
    assert done.count("подсказки ввода в столбце") >= len(piece.clients)
    assert kpi("client", "upgrade", "--all").count("делать нечего") == len(piece.clients)


# ---- the recipe
@pytest.mark.slow
def test_the_recipe_still_makes_a_piece(tmp_path, monkeypatch, kpi):
    """Played with the present program, both lives end sealed, verified and packed."""
    monkeypatch.setattr(sys, "argv", ["kpi"])
    monkeypatch.setenv("KPI_HOME", str(tmp_path))
    making.make("9.9.9", tmp_path)
    made = Piece(tmp_path / "9.9.9")
    assert made.faults() == []
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "home"))
    made.copy_home(tmp_path / "home")
    kpi("verify", "--recompute")
