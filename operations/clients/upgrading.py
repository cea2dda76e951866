"""Bringing a client's files to the present layout: told first, done in one atomic call a file, checked, noted.

Cut off anywhere it goes on: what was added is found there again, what was not is added then. A close and an upgrade
keep out of each other's way by the leases of the client's months (docs/behaviour.md §7b).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from kpi_rules.errors import (
    ClientUnavailableError,
    IntegrityError,
    RefusedError,
    RetryableError,
    TabloError,
)
from kpi_rules.time.periods import ALMATY, Month
from kpi_rules.words.said import said
from ledger import Client, LayoutEvent, MonthState
from operations.clients.present_files import read_present
from operations.clients.sharing import accounts_of
from operations.world.leases import close_lease
from operations.world.services import Services, marked_layout
from sheets_sync.building.upgrading import (
    Added,
    BookUpgrade,
    Obstacle,
    PresentTab,
    differing_cells,
    plan_upgrade,
)
from sheets_sync.ports import LAYOUT_MARK
from sheets_sync.schema.layout import Book

_NAMED_DIFFERENCES = 5
_ATTEMPTS = 3
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FileUpgrade:
    """What one file needs. `name` is the file's, `marked` the layout that it bears (1: none).

    `resumed`: an upgrade was begun before and not finished.
    """

    book: Book
    file_id: str
    name: str
    marked: int
    plan: BookUpgrade
    resumed: bool

    def to_do(self, layout: int) -> bool:
        """Tell whether anything of it is left to do."""
        return bool(self.plan.requests or self.plan.obstacles) or self.marked != layout


@dataclass(frozen=True)
class ClientUpgrade:
    """What a client's files need, or what was done with them."""

    client: Client
    to_layout: int
    files: tuple[FileUpgrade, ...]

    @property
    def to_do(self) -> bool:
        """Tell whether anything is left to do."""
        return self.client.layout != self.to_layout or any(file.to_do(self.to_layout) for file in self.files)

    @property
    def obstacles(self) -> tuple[Obstacle, ...]:
        """What people have to put out of the way first."""
        return tuple(obstacle for file in self.files for obstacle in file.plan.obstacles)


@dataclass(frozen=True)
class Tried:
    """What came of one client of many: their plan, and whether it was carried out; or why it could not be."""

    slug: str
    upgrade: ClientUpgrade | None = None
    written: bool = False
    error: TabloError | None = None

    @property
    def failed(self) -> bool:
        """Tell whether something is in the way."""
        return self.error is not None or bool(self.upgrade and self.upgrade.obstacles)


def upgrade_each(
    slugs: Iterable[str], now: datetime, services: Services, by: str, *, dry_run: bool
) -> Iterator[Tried]:
    """Upgrade one client after the other, or tell what would be done; one that fails does not stop the others."""
    for slug in slugs:
        services.progress(slug)
        try:
            if dry_run:
                yield Tried(slug, plan_client(slug, services))
            else:
                yield Tried(slug, upgrade_client(slug, now, services, by), written=True)
        except TabloError as error:
            yield Tried(slug, error=error)


def plan_client(slug: str, services: Services) -> ClientUpgrade:
    """Work out what an upgrade would do; nothing is written.

    Raises RefusedError where the files have a newer layout than this program knows.
    """
    client = services.ledger.client(slug)
    target = services.template(client.template, client.language)
    layouts = services.template_of(client).layout, target.layout
    accounts = accounts_of(client, services.system_emails)
    last = next(reversed(services.ledger.layout_notes(slug)), None)
    resumed = last is not None and last.event is not LayoutEvent.DONE
    files = []
    for part, file_id in (("workbook", client.workbook_id), ("payroll", client.payroll_id)):
        if file_id is None:
            raise ClientUnavailableError("client_without_files", client=slug)
        before, book = (getattr(layout, part) for layout in layouts)
        file = services.creator.drive.file(file_id)
        marked = marked_layout(client, file, services)
        services.progress(file.name)
        present = read_present(services.creator.gateway, file_id, book)
        plan = plan_upgrade(present, before, book, target.texts, accounts, resumed=resumed)
        files.append(FileUpgrade(book, file_id, file.name, marked, plan, resumed))
    return ClientUpgrade(client, target.layout.number, tuple(files))


def upgrade_client(slug: str, now: datetime, services: Services, by: str) -> ClientUpgrade:
    """Bring a client's files to the present layout, and give what was done; nothing where nothing was left.

    Raises:
        RefusedError: something is in the way, and what; nothing was written then.
        LeaseHeld: a month of the client is being closed, or another upgrade is under way.
        IntegrityError: a cell that people fill is another than before.
    """
    client = services.ledger.client(slug)
    with _leases(client, now, services) as guarded:
        upgrade = plan_client(slug, guarded)
        if not upgrade.to_do:
            return upgrade
        if upgrade.obstacles:
            raise _hindered(upgrade.obstacles)
        what, to = said_steps(upgrade), upgrade.to_layout
        services.ledger.note_layout(slug, LayoutEvent.BEGUN, to, what, by=by, at=now)
        try:
            for file in upgrade.files:
                _upgrade_file(upgrade.client, file, to, guarded)
        except (IntegrityError, RefusedError) as stopped:
            services.ledger.note_layout(
                slug, LayoutEvent.STOPPED, to, [type(stopped).__name__], by=by, at=now
            )
            raise
        services.ledger.note_layout(slug, LayoutEvent.DONE, to, what, by=by, at=now)
        log.info("%s: layout %d → %d by %s", slug, upgrade.client.layout, to, by)
        return upgrade


def said_steps(upgrade: ClientUpgrade) -> list[str]:
    """Name the steps for the ledger: file, tab, column and what is done; no cell's content is in it."""
    return [
        " ".join(filter(None, (file.book.key, step.kind, f"«{step.tab}»", step.column, step.place)))
        for file in upgrade.files
        for step in file.plan.steps
    ]


@contextmanager
def _leases(client: Client, now: datetime, services: Services) -> Iterator[Services]:
    """Hold the leases of all months that could be closed meanwhile, and of the running one, for other upgrades."""
    running = Month.of(now.astimezone(ALMATY).date())
    unclosed = [m.month for m in services.ledger.months(client.slug) if m.state is not MonthState.CLOSED]
    with ExitStack() as stack:
        months = sorted({running, *unclosed})
        held = [stack.enter_context(close_lease(services, client.slug, month)) for month in months]

        def before_call(kind: str) -> None:
            for lease in held:
                lease.before_call(kind)

        yield services.guarded(before_call)


def _upgrade_file(client: Client, file: FileUpgrade, to: int, services: Services) -> None:
    if file.plan.requests:
        gateway = services.creator.gateway
        before = read_present(gateway, file.file_id, file.book)
        added = _apply(client, file, before, services)
        after = read_present(gateway, file.file_id, file.book)
        differing = list(differing_cells(before, after, added, file.book))
        if differing:
            raise _changed_cells(file, differing)
    if file.marked != to:
        services.creator.drive.update(file.file_id, properties={LAYOUT_MARK: str(to)})


def _apply(client: Client, file: FileUpgrade, present: Mapping[int, PresentTab], services: Services) -> Added:
    """Send the requests, worked out anew from what stands there; where an answer was lost, look and go on."""
    target = services.template(client.template, client.language)
    earlier: Book = getattr(services.template_of(client).layout, file.book.key)
    accounts = accounts_of(client, services.system_emails)
    added: dict[int, dict[int, str]] = {}
    for attempt in range(_ATTEMPTS):
        resumed = file.resumed or attempt > 0
        upgrade = plan_upgrade(present, earlier, file.book, target.texts, accounts, resumed=resumed)
        if upgrade.obstacles:
            raise _hindered(upgrade.obstacles)
        for number, columns in upgrade.added.items():
            added.setdefault(number, {}).update(columns)
        try:
            services.creator.gateway.apply(file.file_id, upgrade.requests, repeatable=False)
        except RetryableError as error:
            if error.carried_out is False or attempt == _ATTEMPTS - 1:
                raise
            present = read_present(services.creator.gateway, file.file_id, file.book)
        else:
            break
    return added


def _hindered(obstacles: Sequence[Obstacle]) -> RefusedError:
    """Refuse an upgrade: what stands in its way first, and how much more does."""
    first, more = obstacles[0], len(obstacles) - 1
    params: dict[str, Any] = dict(first.params)
    if not more:
        return RefusedError(first.code, **params)
    what, fix = (said(f"error.{first.code}.{part}", **params) for part in ("what", "fix"))
    return RefusedError("upgrade_several", first=what, first_fix=fix, count=more)


def _changed_cells(file: FileUpgrade, differing: Sequence[tuple[str, str]]) -> IntegrityError:
    cells = tuple(
        said("place.cell" if cell else "place.tab", tab=title, cell=cell)
        for title, cell in islice(differing, _NAMED_DIFFERENCES)
    )
    return IntegrityError("upgrade_cells_changed", file=file.name, cells=cells, count=len(differing))
