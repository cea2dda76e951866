"""Make a piece of the museum: play two clients' lives with the program as it stands, and keep what is left.

    python -m tests.golden.museum.making 0.1.0

Run it once for a release, in a clean checkout of it; `README.md` says when and how. The product is asked
through the `kpi` command alone, and its people type through the emulator's API.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import rfc8785

from cli import app
from tests.golden.museum.firms import ENGLISH, REVIEWED, RUSSIAN, Firm
from tests.golden.museum.people import Office
from tests.golden.museum.stories import live_sunrise, live_zhetisu

MUSEUM = Path(__file__).parent
MANIFEST = "MANIFEST.sha256"
MONTHS = ("2026-01", "2026-02", "2026-03")
OPEN_MONTH = "2026-04"
_KPI = "from cli.app import main; main()"
_START_SECONDS = 30


def kpi(*arguments: object) -> str:
    """Run one command line in this process and give what it printed; whatever goes wrong is raised."""
    printed = io.StringIO()
    sys.argv = ["kpi", *map(str, arguments)]
    with contextlib.redirect_stdout(printed):
        try:
            app.main()
        except SystemExit as ended:
            if ended.code:
                raise RuntimeError(f"{arguments}: {ended.code}\n{printed.getvalue()}") from None
    sys.stderr.write(f"kpi {' '.join(map(str, arguments))}\n{printed.getvalue()}")
    return printed.getvalue()


@contextmanager
def emulator(home: Path) -> Iterator[None]:
    """Serve the home's emulator in a process of its own, on any free port."""
    command = [sys.executable, "-c", _KPI, "emulator", "--port", "0", "--data", str(home / "emulator")]
    serving = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + _START_SECONDS
        while not (home / "emulator" / "address").exists():
            if serving.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the emulator did not start")
            time.sleep(0.1)
        yield
    finally:
        serving.send_signal(signal.SIGINT)
        serving.wait(_START_SECONDS)


def firm_of(home: Path, slug: str, name: str, language: str, *options: str) -> Firm:
    """Deploy a client and give its people."""
    head, owner, accountant = (
        f"{who}@{slug}.kz" for who in ("rop" if language == "ru" else "head", "owner", "buh")
    )
    kpi(
        "client", "add", name, "--slug", slug, "--head", head, "--owner", owner, "--accountant", accountant,
        "--language", language, *options,
    )  # fmt: skip
    office = Office(home, kpi)
    titles = {
        "ru": (f"KPI продаж — {name}", f"Ведомость — {name}"),
        "en": (f"Sales KPI — {name}", f"Payroll — {name}"),
    }[language]
    workbook, payroll = (office.file_named(owner, title) for title in titles)
    words = {"ru": RUSSIAN, "en": ENGLISH}[language]
    return Firm(slug, office, kpi, head, owner, workbook, payroll, words, seed=2026, folder=home / "emulator")


def play(home: Path) -> list[Firm]:
    """Let both clients live, in one home."""
    with emulator(home):
        zhetisu = firm_of(
            home, "zhetisu", "Жетісу Сауда", "ru", "--template", "b2b",
            "--manager", "asel@zhetisu.kz", "--manager", "marat@zhetisu.kz",
        )  # fmt: skip
        live_zhetisu(zhetisu)
        sunrise = firm_of(
            home, "sunrise", "Sunrise Phones", "en", "--template", "b2c", "--shadow",
            "--manager", "aliya@sunrise.kz", "--manager", "bolat@sunrise.kz",
        )  # fmt: skip
        live_sunrise(sunrise)
        kpi("verify")
    return [zhetisu, sunrise]


def digest_of(record: object) -> str:
    """Give the SHA-256 of a record's canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(record)).hexdigest()  # type: ignore[arg-type]


def export(firm: Firm, seals: Path) -> dict[str, Any]:
    """Export the client's sealed months and tell what of them must never change."""
    closed = {}
    for month in MONTHS:
        path = seals / f"{firm.slug}-{month}.json"
        kpi("seal", "export", firm.slug, month, path)
        path.chmod(0o644)
        seal = json.loads(path.read_text(encoding="utf-8"))
        closed[month] = {
            "number": seal["number"],
            "digest": seal["digest"],
            "record_sha256": digest_of(seal["record"]),
            "results_sha256": digest_of(seal["record"]["results"]),
            "payroll_sha256": digest_of(seal["record"]["payroll"]),
        }
    return {
        "head": firm.head,
        "owner": firm.owner,
        "workbook": firm.workbook,
        "payroll": firm.payroll,
        "closed": closed,
        "open": OPEN_MONTH,
        "close_at": REVIEWED[int(OPEN_MONTH[-2:])],
    }


def pack(home: Path) -> None:
    """Leave plain files alone: databases without a log beside them, no key files of a port that is gone."""
    shutil.rmtree(home / "emulator" / "keys", ignore_errors=True)
    for path in (home / "ledger.sqlite", home / "emulator" / "emulator.db"):
        with closing(sqlite3.connect(path)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.execute("VACUUM")
    left = sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file())
    sys.stderr.write(f"kept: {', '.join(left)}\n")
    odd = [name for name in left if name.endswith(("-wal", "-shm", "address"))]
    if odd:
        raise RuntimeError(f"these must not be left: {odd}")


def manifest(piece: Path) -> str:
    """Write the SHA-256 of every file of a piece, as `sha256sum` does."""
    files = sorted(
        path.relative_to(piece).as_posix()
        for path in piece.rglob("*")
        if path.is_file() and path.name != MANIFEST
    )
    return "".join(f"{hashlib.sha256((piece / name).read_bytes()).hexdigest()}  {name}\n" for name in files)


def make(version: str, museum: Path = MUSEUM) -> None:
    """Make the piece of a release; one that is there already is never made again."""
    piece = museum / version
    if piece.exists():
        raise SystemExit(f"{piece} is there already: a piece of the museum is never made again.")
    for name in [name for name in os.environ if name.startswith("KPI_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="museum-") as folder:
        made = Path(folder) / version
        home, seals = made / "home", made / "seals"
        seals.mkdir(parents=True)
        os.environ["KPI_HOME"] = str(home)
        firms = play(home)
        clients = {firm.slug: export(firm, seals) for firm in firms}
        public_key = json.loads(next(seals.iterdir()).read_text(encoding="utf-8"))["public_key"]
        pack(home)
        told = {"program": version, "public_key": public_key, "clients": clients}
        text = json.dumps(told, ensure_ascii=False, indent=2, sort_keys=True)
        (made / "piece.json").write_text(f"{text}\n", encoding="utf-8")
        (made / MANIFEST).write_text(manifest(made), encoding="utf-8")
        shutil.copytree(made, piece)


if __name__ == "__main__":
    make(sys.argv[1])
