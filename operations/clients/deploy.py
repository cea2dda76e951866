"""Deploying the template to a new client: files, tabs, protections, sharing; finished anew when cut off."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from kpi_rules.errors import RefusedError
from kpi_rules.records.rulebooks import client_policies_record
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.settings import Settings
from ledger import Client
from operations.clients.sharing import accounts_of, lock_down, share_client
from operations.world.marks import FilePart, marks_for, read_marks
from operations.world.services import FileMarks, Services
from operations.world.telling import refuse_language, refuse_options, refuse_template
from sheets_sync.building import blueprints as building
from sheets_sync.ports import FOLDER_TYPE, SPREADSHEET_TYPE, File, Sought, made_once
from sheets_sync.schema.access import FileKind, head_and_owner
from sheets_sync.schema.layout import Book

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_BEGUN_WITH = "tablo_begun_with"
"""The options that a file is made with; `FileMarks` says which it has, from the end of the deploy on."""
_KINDS = {
    "workbook": FileKind.WORKBOOK,
    "payroll": FileKind.PAYROLL,
    "archive": FileKind.ARCHIVE,
    "records": FileKind.SEALED_RECORDS,
}
"""Whose rights the made files have, in the order in which they are locked down."""
_NAMED_FILES = 5
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class NewClient:
    """Whom to deploy to. `slug` is the short name for the command line; `shadow`: the first month pays nothing.

    `language` is that of tabs, headers and dropdowns, for good, and at first that of all sentences («Настройки»).
    `options` are what the client asks for beyond what everybody has (`templates.loading.options_of`).
    """

    name: str
    slug: str
    head_email: str
    owner_email: str
    accountant_email: str
    manager_emails: tuple[str, ...] = ()
    template: str = "b2b"
    language: str = "ru"
    shadow: bool = False
    settings: Settings = field(default_factory=Settings)
    rulebook: Rulebook | None = None
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deployed:
    """The client as the ledger keeps it, and what people should be told."""

    client: Client
    remarks: tuple[str, ...]


def deploy_client(new: NewClient, now: datetime, services: Services) -> Deployed:
    """Create a client's files from the template, protect and share them, and enter the client into the ledger.

    Each step looks for what an earlier, cut-off run has made. Raises RefusedError for unusable names, or when
    the client exists, or when another ledger or client has files under that short name.
    """
    _check(new, services)
    client_id = services.ledger.begin_client(new.slug, at=now)
    _refuse_files_of_others(new.slug, client_id, services)
    template = services.template(new.template, new.language, options=new.options)
    texts = template.texts
    client = Client(
        name=new.name,
        slug=new.slug,
        template=new.template,
        language=new.language,
        created_at=now,
        head_email=new.head_email.lower(),
        owner_email=new.owner_email.lower(),
        accountant_email=new.accountant_email.lower(),
        managers=tuple(email.lower() for email in new.manager_emails),
        extra={"shadow": new.shadow, **_policies(new.rulebook)},
        layout=template.layout.number,
        options=tuple(sorted(template.layout.options)),
        id=client_id,
    )
    parents = [services.settings.parent_folder] if services.settings.parent_folder else []
    services.progress(services.words("deploy.folder"))
    home = _made(
        services, client, FilePart.HOME, texts("deploy.home_name", client=new.name), FOLDER_TYPE, parents
    )
    rulebook = new.rulebook or template.rulebook
    files = {}
    asked_for = FileMarks(client.layout, template.layout.options)
    for book in (template.layout.workbook, template.layout.payroll):
        title = book.title.format(client=new.name)
        services.progress(title)
        made = _made(
            services, client, FilePart(book.key), title, SPREADSHEET_TYPE, [home.id], _begun_with(new)
        )
        _refuse_other_options(made, new)
        files[book.key] = made
        settings = replace(new.settings, language=new.language)
        _build(services, book, files[book.key].id, client, rulebook, settings)
    for key, part in (("archive", FilePart.ARCHIVE_FOLDER), ("records", FilePart.RECORDS_FOLDER)):
        title = texts(f"deploy.{key}_name", client=new.name)
        services.progress(title)
        files[key] = _made(services, client, part, title, FOLDER_TYPE, [home.id])
    client = replace(
        client,
        workbook_id=files["workbook"].id,
        payroll_id=files["payroll"].id,
        folder_id=files["archive"].id,
        records_folder_id=files["records"].id,
    )
    services.progress(services.words("deploy.sharing"))
    for key, kind in _KINDS.items():
        has_layout = kind in {FileKind.WORKBOOK, FileKind.PAYROLL}
        lock_down(services, files[key], kind, asked_for.properties() if has_layout else {})
    share_client(client, services)
    both = head_and_owner(accounts_of(client, services.system_emails))
    client = replace(client, extra={**client.extra, "head_is_owner": bool(both)})
    services.ledger.add_client(client)
    remarks = tuple(services.words("deploy.head_is_owner", email=email) for email in both)
    return Deployed(client, remarks)


def _check(new: NewClient, services: Services) -> None:
    if not _SLUG.fullmatch(new.slug):
        raise RefusedError("slug_unusable", slug=new.slug)
    if not new.name.strip():
        raise RefusedError("client_name_blank")
    for email in (new.head_email, new.owner_email, new.accountant_email, *new.manager_emails):
        if not _EMAIL.fullmatch(email):
            raise RefusedError("email_unusable", email=email)
    outsiders = {new.owner_email.lower(), new.accountant_email.lower(), new.head_email.lower()}
    for email in new.manager_emails:
        if email.lower() in outsiders:
            raise RefusedError("manager_would_see_pay", email=email)
    refuse_template(new.template)
    refuse_language(new.language)
    refuse_options(new.template, new.options)
    if any(known.slug == new.slug for known in services.ledger.clients()):
        raise RefusedError("client_exists", client=new.slug)


def _policies(rulebook: Rulebook | None) -> dict[str, Any]:
    """Keep the policies of the client's own rules: «Правила» has no place for them."""
    return {"policies": client_policies_record(rulebook)} if rulebook else {}


def _made(
    services: Services,
    client: Client,
    part: FilePart,
    title: str,
    mime_type: str,
    parents: list[str],
    more_marks: Mapping[str, str] = MappingProxyType({}),
) -> File:
    """Make a file of the client, or find what a cut-off run made: by ids that this ledger alone noted."""
    marks = marks_for(client, services.ledger.id, part)
    drive = services.creator.drive
    properties = {**marks.properties(), **more_marks}
    return made_once(drive, marks.sought(), lambda: drive.create(title, mime_type, parents, properties))


def _refuse_files_of_others(slug: str, client_id: str, services: Services) -> None:
    """Refuse a short name under which another ledger, or another client, has files: they are never taken over."""
    mark = {"tablo_client": slug}
    found = services.creator.drive.find(Sought(mark), Sought(app_marks=mark))
    own = (services.ledger.id, client_id)
    others = [
        file.name for file in found if (marks := read_marks(file)) and (marks.ledger, marks.client_id) != own
    ]
    if others:
        raise RefusedError(
            "files_of_others", client=slug, names=", ".join(others[:_NAMED_FILES]), count=len(others)
        )


def _refuse_other_options(file: File, new: NewClient) -> None:
    """Refuse to go on with a file that an earlier, cut-off run made with other options: it has other tabs."""
    begun = file.properties.get(_BEGUN_WITH, "")
    if begun != _begun_with(new).get(_BEGUN_WITH, ""):
        raise RefusedError("deploy_begun_otherwise", client=new.slug, options=begun or "—")


def _begun_with(new: NewClient) -> dict[str, str]:
    """Give the mark of a file under construction; a simple client's has none."""
    return {_BEGUN_WITH: ",".join(sorted(set(new.options)))} if new.options else {}


def _build(
    services: Services, book: Book, file_id: str, client: Client, rulebook: Rulebook, settings: Settings
) -> None:
    """Turn a new empty spreadsheet into the book; one atomic call, so its first tab tells whether it is done."""
    gateway = services.creator.gateway
    present = gateway.describe(file_id, "sheets(properties(sheetId))")
    ids = {sheet["properties"].get("sheetId", 0) for sheet in present["sheets"]}
    if building.sheet_id(book.key, book.tabs[0].key) in ids:
        return
    texts = services.template_of(client).texts
    accounts = accounts_of(client, services.system_emails)
    gateway.apply(
        file_id,
        building.build(book, texts, accounts, rulebook, settings, first_sheet_id=next(iter(ids))),
        repeatable=False,
    )
