"""The page «Когда пропал журнал, ключ или компьютер» (docs/losses.md), followed to the letter: each case is played on a
machine with an empty HOME, its lines are typed as they stand there, and afterwards the client verifies and goes on.
"""

import re
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger import MonthState, open_ledger, public_key_text
from ledger.seal_keys import read_key, write_key
from operations.clients.leaving import leave
from operations.months.opening import open_month
from operations.nights.night import deployed_clients
from operations.nights.status import fleet_status, is_good_night
from operations.verifying.verifying import verify_client
from tests.contract.client_acts import at
from tests.contract.client_life import (
    NOVEMBER,
    OCTOBER,
    SEPTEMBER,
    SLUG,
    living,
)
from tests.faults.lost.other_ledgers import (
    DECEMBER_BEGINS_AT,
    KEY,
    machine,
)

PAGE = (Path(__file__).parents[3] / "docs/losses.md").read_text(encoding="utf-8")
CASES = {
    part.partition("\n")[0]: [
        re.findall(r"^kpi (.+)$", block, re.MULTILINE)
        for block in re.findall(r"```sh\n(.*?)```", part, re.DOTALL)
    ]
    for part in PAGE.split("\n## ")[1:]
}
PHRASE = "четыре слова подряд"
PLAYED = set()


def plays(case, *blocks):
    """Say which blocks of a case a test follows."""
    PLAYED.update((case, block) for block in blocks or (0,))
    return lambda test: test


@dataclass
class Accident:
    """A played client, the machine on which the page is followed, and what its capitals stand for."""

    life: object
    folder: Path
    command: object
    monkeypatch: object
    words: dict = field(default_factory=dict)

    def type(self, lines, home):
        """Type lines of the page in a data folder, whose local Google is the client's."""
        emulator = home / "emulator"
        if not emulator.exists():
            emulator.symlink_to(self.life.services.settings.home / "emulator")
        self.monkeypatch.setenv("KPI_HOME", str(home))
        for line in lines:
            words = [self.words.get(word, word) for word in line.split()]
            code, out, err = self.command(*words, width=200)
            assert code == 0, (line, out, err)
            assert PHRASE not in out + err
        return out

    def follow(self, case, block=0, home="new"):
        """Type a block of a case, on a machine that has nothing, or in a folder that is there."""
        assert (case, block) in PLAYED
        path = self.folder / home
        path.mkdir(exist_ok=True)
        self.type(CASES[case][block], path)
        return path

    def back_up(self, name, home=None):
        """Make a backup as the page says it, of the client's own machine or of another ledger's folder."""
        self.words |= {"BACKUP": str(self.folder / name)}
        self.follow("Before anything is lost", 0, home or "home")


@pytest.fixture
def accident(year, tmp_path, command, monkeypatch):
    shutil.copytree(year / "home", tmp_path / "home")
    shutil.copytree(year / "backups", tmp_path / "backups")
    (tmp_path / "empty").mkdir()
    (tmp_path / "phrase").write_text(f"{PHRASE}\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path / "empty"))
    for name in ("KPI_SEAL_KEY", "KPI_LEDGER_URL", "KPI_GOOGLE_CREDENTIALS", "KPI_BACKUP_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    with living(tmp_path / "home") as life:
        words = {
            "CLIENT": SLUG,
            "MONTH": str(OCTOBER),
            "PHRASE": str(tmp_path / "phrase"),
            "KEYFILE": str(tmp_path / "key.pem"),
            "NEWKEY": str(tmp_path / "new-key.pem"),
            "SEAL": str(tmp_path / "seal.json"),
            "REASON": "по-человечески",
            "PUBLIC": life.services.ledger.seals(SLUG)[-1].public_key,
        }
        yield Accident(life, tmp_path, command, monkeypatch, words)


@contextmanager
def at_work(accident, home):
    """The product on the machine on which the page was followed: verified, the months whole."""
    with machine(accident.life, home) as world:
        verified = verify_client(SLUG, world)
        assert verified.intact, verified.findings
        assert [str(month.month) for month in verified.months] == [
            str(SEPTEMBER),
            str(OCTOBER),
            str(NOVEMBER),
        ]
        yield world


def goes_on(world):
    """The next month opens."""
    assert open_month(SLUG, NOVEMBER.plus(1), DECEMBER_BEGINS_AT, world).state is MonthState.OPEN
    assert verify_client(SLUG, world).intact


@plays("Before anything is lost")
@plays("The ledger is lost, and there is a backup")
def test_a_lost_ledger_comes_back_from_its_backup(accident):
    accident.back_up("a.backup")
    with at_work(accident, accident.follow("The ledger is lost, and there is a backup")) as world:
        goes_on(world)


@plays("The ledger is lost, and there is no backup")
def test_a_lost_ledger_comes_back_from_the_files(accident):
    (accident.folder / "new").mkdir()
    shutil.copy2(accident.folder / "home" / KEY, accident.folder / "new" / KEY)
    with at_work(accident, accident.follow("The ledger is lost, and there is no backup")) as world:
        goes_on(world)


@plays("The ledger is older than the files", 0, 1)
@pytest.mark.parametrize("age", ["one", "three"])
def test_an_old_ledger_is_brought_up_by_a_later_backup_or_by_the_files(accident, age):
    case, old = "The ledger is older than the files", accident.folder / "backups" / age
    shutil.copytree(old, accident.folder / "another")
    accident.back_up("later.backup")
    accident.words["LATER"] = accident.words["BACKUP"]
    with at_work(accident, accident.follow(case, 0, f"backups/{age}")):
        assert list(old.glob("ledger.before-*.sqlite"))
    with at_work(accident, accident.follow(case, 1, "another")) as world:
        goes_on(world)


@plays("The key is lost", 0, 1)
def test_a_lost_key_comes_back_from_its_copy_or_is_replaced(accident):
    accident.back_up("a.backup")
    key = accident.folder / "home" / KEY
    key.unlink()
    with at_work(accident, accident.follow("The key is lost", 0, "home")):
        assert public_key_text(read_key(key)) == accident.words["PUBLIC"]
    key.unlink()
    with at_work(accident, accident.follow("The key is lost", 1, "home")) as world:
        assert [one.reason for one in verify_client(SLUG, world).lost_keys] == ["по-человечески"]
        goes_on(world)


@plays("Key and ledger are lost")
def test_key_and_ledger_are_lost(accident):
    with at_work(accident, accident.follow("Key and ledger are lost")) as world:
        assert [one.reason for one in verify_client(SLUG, world).lost_keys] == ["по-человечески"]
        assert world.seal_key
        goes_on(world)


@plays("The laptop is stolen")
def test_the_laptop_is_stolen(accident):
    accident.back_up("a.backup")
    with at_work(accident, accident.follow("The laptop is stolen")) as world:
        assert public_key_text(world.seal_key) != accident.words["PUBLIC"]
        assert not verify_client(SLUG, world).lost_keys
        goes_on(world)


@plays("A consultant leaves, and another one takes over")
@pytest.mark.parametrize("has_key", [True, False])
@pytest.mark.parametrize("handed", [True, False])
def test_another_consultant_takes_over(accident, handed, has_key):
    accident.back_up("a.backup")
    theirs = accident.folder / "theirs"
    theirs.mkdir()
    if has_key:
        write_key(Ed25519PrivateKey.generate(), theirs / KEY)
        with open_ledger(folder=theirs) as book:
            book.pin_first_key(public_key_text(read_key(theirs / KEY)), at(1, 9, 12))
    case = "A consultant leaves, and another one takes over"
    if handed:
        accident.follow(case, 0, "theirs")
    else:
        lines = [line.replace("--old-key KEYFILE --passphrase-file PHRASE ", "") for line in CASES[case][0]]
        accident.type(lines, theirs)
    with at_work(accident, theirs) as world:
        assert bool(verify_client(SLUG, world).lost_keys) is not handed
        assert public_key_text(world.seal_key) != accident.words["PUBLIC"]
        goes_on(world)


@plays("A client leaves with the files", 0, 1)
def test_a_client_leaves_with_the_files(accident):
    accident.follow("A client leaves with the files", 0, "home")
    home = accident.follow("A client leaves with the files", 1, "home")
    with machine(accident.life, home) as world:
        assert deployed_clients(world) == []
        assert fleet_status(world.ledger, at(1, 9, 12)) == []
        assert is_good_night(world.ledger.clients(), (), at(1, 9, 12))
    _, out, _ = accident.command("sync")
    assert SLUG not in out
    assert "ушёл" in accident.command("client", "list", width=200)[1]
    accident.command("client", "leave", SLUG, "--back")
    with at_work(accident, home) as world:
        assert deployed_clients(world) == [SLUG]
        goes_on(world)


def test_a_client_that_left_and_is_adopted_is_served_again(accident):
    leave(accident.life.services.ledger, SLUG, at(1, 9, 12))
    accident.follow("The ledger is older than the files", 1, "home")
    with machine(accident.life, accident.folder / "home") as world:
        assert deployed_clients(world) == [SLUG]


def test_every_block_of_every_case_is_played():
    assert {(case, block) for case, blocks in CASES.items() for block in range(len(blocks))} == PLAYED
