"""Bringing a client's files to the present layout: told first, done in one atomic call a file, checked, noted.

Cut off anywhere it goes on: what was added is seen there, what was not is added then. A close and an upgrade
keep out of each other's way by the leases of the client's months (docs/behaviour.md §7b).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
from operations.clients.marking import Unmarked, mark_file, unmarked_files
from operations.clients.present_files import read_present
from operations.clients.sharing import accounts_of
from operations.world.leases import close_lease
from operations.world.services import FileMarks, Services, marks_of
from operations.world.telling import refuse_options
from sheets_sync.building.upgrading import (
    Added,
    BookUpgrade,
    Obstacle,
    PresentTab,
    differing_cells,
    plan_upgrade,
)
from sheets_sync.ports import File
from sheets_sync.schema.layout import Book

_NAMED_DIFFERENCES = 5
_ATTEMPTS = 3
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FileUpgrade:
    """What one file needs. `name` is the file's, `marked` what it says of itself.

    `resumed`: an upgrade was begun before and not finished.
    """

    book: Book
    file_id: str
    name: str
    marked: FileMarks
    plan: BookUpgrade
    resumed: bool

    def to_do(self, target: FileMarks) -> bool:
        """Tell whether anything of it is left to do."""
        return bool(self.plan.requests or self.plan.obstacles) or self.marked != target


@dataclass(frozen=True)
class ClientUpgrade:
    """What a client's files need to be as `target` says, or what was done with them."""

    client: Client
    target: FileMarks
    files: tuple[FileUpgrade, ...]
    unmarked: tuple[Unmarked, ...] = ()
    """Files that do not say yet whose they are: release 0.1.0 made them."""

    @property
    def to_do(self) -> bool:
        """Tell whether anything is left to do."""
        if self.unmarked:
            return True
        known = FileMarks(self.client.layout, frozenset(self.client.options))
        return known != self.target or any(file.to_do(self.target) for file in self.files)

    @property
    def more_options(self) -> tuple[str, ...]:
        """What comes that the client had not asked for before."""
        return tuple(sorted(self.target.options.difference(self.client.options)))

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
    slugs: Iterable[str],
    now: datetime,
    services: Services,
    by: str,
    *,
    dry_run: bool,
    options: Collection[str] = (),
) -> Iterator[Tried]:
    """Upgrade one client after the other, or tell what would be done; one that fails does not stop the others.

    `options` are what they ask for besides what they have.
    """
    for slug in slugs:
        services.progress(slug)
        try:
            if dry_run:
                yield Tried(slug, plan_client(slug, services, options))
            else:
                yield Tried(slug, upgrade_client(slug, now, services, by, options), written=True)
        except TabloError as error:
            yield Tried(slug, error=error)


def plan_client(slug: str, services: Services, options: Collection[str] = ()) -> ClientUpgrade:
    """Work out what an upgrade would do; nothing is written.

    `options` are asked for besides those that the client has, that the files bear, and that an upgrade was bringing
    when it was cut off. Raises RefusedError where the template has no such option, or the files a newer layout than
    this program knows.
    """
    client = services.ledger.client(slug)
    refuse_options(client.template, options)
    last = next(reversed(services.ledger.layout_notes(slug)), None)
    unfinished = last if last is not None and last.event is not LayoutEvent.DONE else None
    files, marks = dict[str, File](), list[FileMarks]()
    for part, file_id in (("workbook", client.workbook_id), ("payroll", client.payroll_id)):
        if file_id is None:
            raise ClientUnavailableError("client_without_files", client=slug)
        files[part] = services.creator.drive.file(file_id)
        marks.append(marks_of(client, files[part], services))
    asked = {*client.options, *options, *(unfinished.options if unfinished else ())}
    asked = asked.union(*(each.options for each in marks))
    target = services.template(client.template, client.language, options=asked)
    layouts = services.template_of(client).layout, target.layout
    accounts = accounts_of(client, services.system_emails)
    resumed, planned = unfinished is not None, []
    for (part, file), marked in zip(files.items(), marks, strict=True):
        before, book = (getattr(layout, part) for layout in layouts)
        services.progress(file.name)
        present = read_present(services.creator.gateway, file.id, book)
        plan = plan_upgrade(present, before, book, target.texts, accounts, resumed=resumed)
        planned.append(FileUpgrade(book, file.id, file.name, marked, plan, resumed))
    unmarked = unmarked_files(client, files["workbook"], services)
    return ClientUpgrade(
        client, FileMarks(target.layout.number, target.layout.options), tuple(planned), unmarked
    )


def upgrade_client(
    slug: str, now: datetime, services: Services, by: str, options: Collection[str] = ()
) -> ClientUpgrade:
    """Bring a client's files to the present layout, and give what was done; nothing where nothing was left.

    `options` are asked for besides those that the client has.

    Raises:
        RefusedError: something is in the way, and what; nothing was written then.
        LeaseHeld: a month of the client is being closed, or another upgrade is under way.
        IntegrityError: a cell that people fill is another than before.
    """
    client = services.ledger.client(slug)
    with _leases(client, now, services) as guarded:
        upgrade = plan_client(slug, guarded, options)
        if not upgrade.to_do:
            return upgrade
        if upgrade.obstacles:
            raise _hindered(upgrade.obstacles)
        what = said_steps(upgrade)
        _note(upgrade, LayoutEvent.BEGUN, what, services, by, now)
        try:
            for file in upgrade.files:
                _upgrade_file(upgrade, file, guarded)
            for unmarked in upgrade.unmarked:
                mark_file(unmarked, guarded)
        except (IntegrityError, RefusedError) as stopped:
            _note(upgrade, LayoutEvent.STOPPED, [type(stopped).__name__], services, by, now)
            raise
        _note(upgrade, LayoutEvent.DONE, what, services, by, now)
        more = ", ".join(upgrade.more_options) or "no options"
        log.info(
            "%s: layout %d → %d, %s, by %s", slug, upgrade.client.layout, upgrade.target.layout, more, by
        )
        return upgrade


def _note(
    upgrade: ClientUpgrade,
    event: LayoutEvent,
    what: Sequence[str],
    services: Services,
    by: str,
    now: datetime,
) -> None:
    target = upgrade.target
    services.ledger.note_layout(
        upgrade.client.slug, event, target.layout, what, by=by, at=now, options=target.options
    )


def said_steps(upgrade: ClientUpgrade) -> list[str]:
    """Name the steps for the ledger: file, tab, column and what is done; no cell's content is in it."""
    marked = [" ".join((each.marks.part, "marks", each.marks.month)).strip() for each in upgrade.unmarked]
    return marked + [
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


def _upgrade_file(upgrade: ClientUpgrade, file: FileUpgrade, services: Services) -> None:
    if file.plan.requests:
        gateway = services.creator.gateway
        before = read_present(gateway, file.file_id, file.book)
        added = _apply(upgrade.client, file, before, services)
        after = read_present(gateway, file.file_id, file.book)
        differing = list(differing_cells(before, after, added, file.book))
        if differing:
            raise _changed_cells(file, differing)
    if file.marked != upgrade.target:
        services.creator.drive.update(file.file_id, properties=upgrade.target.properties())


def _apply(client: Client, file: FileUpgrade, present: Mapping[int, PresentTab], services: Services) -> Added:
    """Send the requests, worked out anew from what stands there; where an answer was lost, look and go on."""
    target = services.template(client.template, client.language, options=file.book.options)
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
