"""The steps of a night: the one list that the nightly flows and `kpi night` go through.

A step is declared once, in the part of the night that it belongs to; each part is a flow on a Prefect server. What
fails in one part of a client's night stops neither its other parts nor other clients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from kpi_rules.errors import IntegrityError, LeaseError, NewerFormError, TabloError
from operations.access.checking import check_client
from operations.backups.nightly import nightly_backup
from operations.facts.client_books import note_outside_formulas
from operations.letters.sending import SENT, LetterNote, send_due_letters, send_overdue_letters
from operations.months.closing import Hindered, close_due
from operations.months.opening import open_due
from operations.nights.outcomes import UnexpectedError
from operations.verifying.verifying import verify_client
from operations.world.services import Services
from operations.world.telling import working_texts

MONTH, ACCESS, VERIFICATION = "month", "access", "verify"
"""The parts of a night. On a Prefect server the flow `month` does the first, `verify` both others."""


@dataclass
class ClientNight:
    """One client's night as it goes; what a step leaves for those after it."""

    slug: str
    now: datetime
    services: Services
    hindered: tuple[Hindered, ...] = ()
    """The months that are over their deadline and did not close."""


@dataclass(frozen=True)
class Did:
    """What a step has done, and of what it warns, in words without a pay figure."""

    said: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def _always(_night: ClientNight) -> bool:
    return True


@dataclass(frozen=True)
class NightStep:
    """One step for one client. `kind` is a word of the texts, `flow.step_KIND`; `due` whether there is anything to do."""

    kind: str
    work: Callable[[ClientNight], Did]
    due: Callable[[ClientNight], bool] = _always


@dataclass(frozen=True)
class FleetStep:
    """One step for the ledger as a whole, after the clients. `work` gives words, none where there was nothing to do."""

    kind: str
    work: Callable[[datetime, Services], str]


def _open(night: ClientNight) -> Did:
    words = working_texts()
    opened = open_due(night.slug, night.now, night.services)
    return Did(tuple(words("flow.opened", month=month) for month in opened))


def _close(night: ClientNight) -> Did:
    words = working_texts()
    check = close_due(night.slug, night.now, night.services)
    said = [words("flow.closed", month=closed.month) for closed in check.closed]
    said += [words("flow.overdue", month=month) for month in check.overdue]
    if not check.overdue:
        return Did(tuple(said))
    night.hindered = check.hindered
    warning = words("flow.overdue_warning", client=night.slug, months=check.overdue)
    return Did(tuple(said), (warning,))


def _letters(night: ClientNight) -> Did:
    return Did(warnings=_unsent(night.slug, send_due_letters(night.slug, night.services)))


def _overdue_letters(night: ClientNight) -> Did:
    sent = send_overdue_letters(night.slug, night.hindered, night.now, night.services)
    return Did(warnings=_unsent(night.slug, sent))


def _unsent(slug: str, notes: Iterable[LetterNote]) -> tuple[str, ...]:
    """Tell of letters that did not go; whose they are by role, for addresses are no business of logs."""
    words = working_texts()
    return tuple(
        words(
            "flow.letter_warning",
            client=slug,
            month=note.month,
            who=words(f"flow.to_{note.who}"),
            state=words(f"flow.letter_{note.state}"),
        )
        for note in notes
        if note.state != SENT
    )


def _access(night: ClientNight) -> Did:
    """Look at where every file lies and who may open it.

    Raises:
        IntegrityError: something is not as it was set. It tells how much, not what: accounts are no business of logs.
    """
    checked = check_client(night.slug, night.services)
    if checked.findings:
        raise IntegrityError("check_differs", count=len(checked.findings), client=night.slug)
    return Did((working_texts()("flow.access_right"),))


def _verify(night: ClientNight) -> Did:
    """Verify the closed months; late edits of live rows are counted, what is sealed is whole.

    Raises:
        IntegrityError: something sealed differs. It tells how much, not what: a finding may hold pay.
        NewerFormError: a month was sealed by a newer program.
    """
    verified = verify_client(night.slug, night.services, around=False)
    note_outside_formulas(night.slug, verified.outside, night.services)
    if verified.findings:
        raise IntegrityError("verify_differs", count=len(verified.findings), client=night.slug)
    if verified.newer:
        raise NewerFormError("sealed month", str(verified.newer[0]))
    words = working_texts()
    said = [words("flow.intact")]
    said += [words("flow.late_edits", count=len(verified.late))] if verified.late else []
    said += [words("flow.outside", count=len(verified.outside))] if verified.outside else []
    return Did(tuple(said))


NIGHT: Mapping[str, tuple[NightStep, ...]] = {
    MONTH: (
        NightStep("open", _open),
        NightStep("close", _close),
        NightStep("letters", _letters),
        NightStep("overdue_letters", _overdue_letters, due=lambda night: bool(night.hindered)),
    ),
    ACCESS: (NightStep("access", _access),),
    VERIFICATION: (NightStep("verify", _verify),),
}
"""What is done for each client, in this order."""
FLEET: tuple[FleetStep, ...] = (FleetStep("backup", nightly_backup),)
"""What is done once a night, after the clients; the flow of the first part does it as well."""


Runs = Callable[[str, str, Callable[[], Did]], Did]
"""How a step is run, by its kind and for which client: as a task of Prefect, or just so."""


def do_part(part: str, night: ClientNight, run: Runs, warn: Callable[[str], None]) -> str:
    """Go through the steps of one part for one client, say what was done, and note in the ledger how it ended.

    A month that somebody else is at work on is noted as nothing: it is being done.
    """
    ledger, said = night.services.ledger, list[str]()
    try:
        for step in NIGHT[part]:
            if step.due(night):
                did = run(step.kind, night.slug, partial(step.work, night))
                said += did.said
                for warning in did.warnings:
                    warn(warning)
    except LeaseError:
        raise
    except (TabloError, UnexpectedError) as error:
        _note_failure(night, part, error)
        raise
    ledger.note_night(night.slug, part, night.now)
    return ", ".join(said) or working_texts()("flow.nothing_due")


def _note_failure(night: ClientNight, part: str, error: Exception) -> None:
    """Keep that it failed and how; where the ledger is what failed there is nothing to keep it in."""
    try:
        night.services.ledger.note_night(night.slug, part, night.now, type(error).__name__)
    except TabloError:
        return
