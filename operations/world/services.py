"""What an operation needs of the world: two Google accounts, the ledger, the template, the seal's key."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kpi_rules.errors import RefusedError
from kpi_rules.words.texts import Texts
from ledger import Client, Ledger, open_ledger
from operations.world.local import local_google
from operations.world.marks import read_marks
from operations.world.settings import RunSettings
from operations.world.signing import signing_key
from operations.world.telling import WORKING_LANGUAGE, working_texts
from sheets_sync.google.credentials import load_credentials
from sheets_sync.google.drive import Drive
from sheets_sync.google.gateway import Gateway, RetryPolicy
from sheets_sync.ports import LAYOUT_MARK, OPTIONS_MARK, BookPort, File, FilesPort
from templates.loading import NewerLayoutError, Template, UnknownOptionError, load, newest_layout, options_of


class Google:
    """One account: its spreadsheet files and its drive, whoever stands behind the two ports."""

    def __init__(self, gateway: BookPort, drive: FilesPort) -> None:
        self.gateway = gateway
        self.drive = drive
        self._emails: list[str] = []

    @property
    def email(self) -> str:
        """As whom we work; asked of Google once."""
        if not self._emails:
            self._emails.append(self.drive.my_email())
        return self._emails[0]

    def guarded(self, check: Callable[[str], None]) -> Google:
        """Give the same account with a check before each of its calls, repeats included."""
        other = Google(self.gateway.guarded(check), self.drive.guarded(check))
        other._emails = self._emails
        return other


Progress = Callable[[str], None]


def silent(_step: str) -> None:
    """Tell nobody about progress."""


def utc_now() -> datetime:
    """Give the present moment."""
    return datetime.now(UTC)


@dataclass
class Services:
    """The world of one run. `creator` makes and owns files, `worker` reads and writes them."""

    settings: RunSettings
    ledger: Ledger
    creator: Google
    worker: Google
    address: str | None = None
    """Where the local emulator serves; None on Google."""
    progress: Progress = field(default=silent)
    sleep: Callable[[float], None] = field(default=time.sleep)
    """How this run waits, in seconds."""
    clock: Callable[[], datetime] = field(default=utc_now)
    """The real time, for leases; what an operation counts with is always its own `now`."""

    def guarded(self, check: Callable[[str], None]) -> Services:
        """Give the same world with a check before each call to Google, repeats included."""
        creator = self.creator.guarded(check)
        worker = creator if self.worker is self.creator else self.worker.guarded(check)
        return replace(self, creator=creator, worker=worker)

    def plays(self, now: datetime) -> bool:
        """Tell whether an operation counts with a moment that is not the present one: a demonstration, a test."""
        return abs(self.clock() - now) > timedelta(hours=1)

    def template(
        self, name: str, language: str, said_in: str = "", options: Collection[str] = ()
    ) -> Template:
        """Load a client's template (cached): its files in `language`, its sentences in `said_in`."""
        return load(name, language, said_in, options=options)

    def template_of(
        self,
        client: Client,
        said_in: str = "",
        layout: int | None = None,
        options: Collection[str] | None = None,
    ) -> Template:
        """Load a client's template as the client's files have it: in their layout, or in that of a snapshot.

        Raises RefusedError where that layout, or one of the options, is newer than this program.
        """
        number = client.layout if layout is None else layout
        asked = client.options if options is None else options
        try:
            return load(client.template, client.language, said_in, number, asked)
        except NewerLayoutError as newer:
            raise self.newer_layout(client.slug, newer.layout, newer.known) from None
        except UnknownOptionError as newer:
            raise RefusedError("option_newer", client=client.slug, option=newer.option) from None

    def newer_layout(self, slug: str, layout: int, known: int) -> RefusedError:
        """Give the refusal of files whose layout this program does not know."""
        return RefusedError("layout_newer", client=slug, layout=layout, known=known)

    def texts_of(self, slug: str) -> Texts:
        """Give the command line's sentences about a client: in Russian, with the names of the client's files."""
        client = self.ledger.client(slug)
        return self.template(client.template, client.language, WORKING_LANGUAGE).texts

    @cached_property
    def words(self) -> Texts:
        """The words of progress, in the command line's language."""
        return working_texts()

    @property
    def seal_key(self) -> Ed25519PrivateKey:
        """The key that signs seals, asked for anew at each signature: it may have been exchanged. Raises SealKeyError."""
        return signing_key(self.ledger, self.settings.home, self.clock())

    @cached_property
    def system_emails(self) -> tuple[str, ...]:
        """The technical accounts: they edit what nobody else may."""
        return tuple(dict.fromkeys((self.creator.email, self.worker.email)))


# ---- the marks that files bear themselves: a ledger may be an old copy that knows nothing of an upgrade
def refuse_newer_files(client: Client, services: Services) -> None:
    """Look whether the files have more than the ledger knows; before a month is written. Raises RefusedError."""
    for file_id in filter(None, (client.workbook_id, client.payroll_id)):
        marks = marks_of(client, services.creator.drive.file(file_id), services)
        if more := sorted(marks.options.difference(client.options)):
            raise RefusedError("options_of_files", client=client.slug, options=", ".join(more))


@dataclass(frozen=True)
class FileMarks:
    """What a file says of itself: its layout (1 where it says none), and the options that it has."""

    layout: int
    options: frozenset[str] = frozenset()

    def properties(self) -> dict[str, str]:
        """Give the marks as a file bears them; without options there is no mark of them."""
        options = {OPTIONS_MARK: ",".join(sorted(self.options))} if self.options else {}
        return {LAYOUT_MARK: str(self.layout), **options}


def refuse_files_of_others(client: Client, file: File, services: Services) -> None:
    """Refuse a file whose marks name another client or ledger; one that says nothing (release 0.1.0) passes."""
    marks = read_marks(file)
    if marks.client_id and (marks.client_id, marks.ledger) != (client.id, services.ledger.id):
        raise RefusedError("files_of_another_ledger", client=client.slug, file=file.name)


def marks_told(file: File) -> FileMarks:
    """Give the layout and the options that a file says it has, known here or not."""
    mark = file.properties.get(LAYOUT_MARK, "")
    options = frozenset(filter(None, file.properties.get(OPTIONS_MARK, "").split(",")))
    return FileMarks(int(mark) if mark.isdecimal() else 1, options)


def marks_of(client: Client, file: File, services: Services) -> FileMarks:
    """Give the marks that a file bears.

    Raises RefusedError where it is another client's or ledger's, or this program does not know such a layout or option.
    """
    refuse_files_of_others(client, file, services)
    told, known = marks_told(file), newest_layout(client.template)
    if told.layout > known:
        raise services.newer_layout(client.slug, told.layout, known)
    if unknown := sorted(told.options.difference(options_of(client.template))):
        raise RefusedError("option_newer", client=client.slug, option=unknown[0])
    return told


@contextmanager
def open_services(
    settings: RunSettings,
    retry: RetryPolicy | None = None,
    before_call: Callable[[str], None] | None = None,
    progress: Progress = silent,
) -> Iterator[Services]:
    """Open the world of a run: on Google with the given keys, else on the local emulator."""
    settings.make_home()
    with ExitStack() as stack:
        address, creator_key, worker_key = None, settings.creator_key, settings.worker_key
        if creator_key is None or worker_key is None:
            local = stack.enter_context(local_google(settings.emulator_folder))
            address, creator_key, worker_key = local.address, local.creator_key, local.worker_key

        def google(key: Path) -> Google:
            gateway = Gateway(load_credentials(key), address, retry, before_call)
            return Google(gateway, Drive(gateway))

        creator = google(creator_key)
        worker = creator if worker_key == creator_key else google(worker_key)
        ledger = stack.enter_context(open_ledger(settings.ledger_url, folder=settings.home))
        sleep = retry.sleep if retry else time.sleep
        yield Services(settings, ledger, creator, worker, address, progress, sleep)
