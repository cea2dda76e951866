"""A ledger as an older release left it: what the migrations since then added is taken away again."""

from __future__ import annotations

from sqlalchemy import create_engine, text

UNDONE = {
    "0011": ("DROP TABLE people_notes",),
    "0010": ("DROP TABLE repair_notes",),
    "0009": ("DROP TABLE adoptions",),
    "0008": (
        "DROP TABLE identity",
        "DROP TABLE begun_clients",
        "DROP TABLE turns",
        "ALTER TABLE clients DROP COLUMN id",
    ),
    "0007": ("DROP TABLE seal_keys",),
    "0006": ("DROP TABLE night_notes",),
    "0005": (
        "ALTER TABLE input_rows DROP COLUMN cells",
        "ALTER TABLE input_rows DROP COLUMN registered",
    ),
    "0004": ("ALTER TABLE clients DROP COLUMN options",),
    "0003": ("DROP TABLE layout_notes", "ALTER TABLE clients DROP COLUMN layout"),
    "0002": ("DROP TABLE calendar_overrides",),
}
"""What undoes each migration, the newest first."""


def bring_back(url: str, version: str) -> None:
    """Make a database what it was at a version."""
    engine = create_engine(url)
    with engine.begin() as db:
        for later, statements in UNDONE.items():
            for statement in statements if later > version else ():
                db.execute(text(statement))
        db.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))  # noqa: S608 - our own words
    engine.dispose()
