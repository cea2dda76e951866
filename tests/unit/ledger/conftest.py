"""Every test of the ledger runs on SQLite, and with the marker `postgres` on a real PostgreSQL too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine

from ledger import Ledger, open_ledger
from tests.unit.ledger.builders import a_client
from tests.unit.ledger.postgres_server import fresh_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return fresh_database() if request.param == "postgresql" else f"sqlite:///{tmp_path / 'ledger.sqlite'}"


@pytest.fixture
def book(url: str) -> Iterator[Ledger]:
    with open_ledger(url) as opened:
        opened.add_client(a_client())
        yield opened


@pytest.fixture
def intruder(url: str, book: Ledger) -> Iterator[Engine]:
    """A way to the same database past the ledger."""
    engine = create_engine(url)
    yield engine
    engine.dispose()
