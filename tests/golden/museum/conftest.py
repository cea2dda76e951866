"""A piece of the museum, a copy of its home, and the `kpi` command on it."""

import pytest

from tests.golden.museum.pieces import pieces


@pytest.fixture(params=pieces(), ids=lambda piece: piece.version)
def piece(request):
    return request.param


@pytest.fixture
def kpi(command, monkeypatch):
    """Run one command line that must do what it is asked; give what it printed."""
    for name in ("KPI_GOOGLE_CREDENTIALS", "KPI_GOOGLE_CREATOR", "KPI_LEDGER_URL", "KPI_SEAL_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments, fails_with=0):
        code, out, err = command(*arguments, width=200)
        assert code == fails_with, f"{arguments}: {out}{err}"
        return out

    return run


@pytest.fixture
def home(piece, tmp_path, monkeypatch):
    """A copy of the piece's data folder, as the home of the program."""
    home = tmp_path / "home"
    piece.copy_home(home)
    monkeypatch.setenv("KPI_HOME", str(home))
    return home
