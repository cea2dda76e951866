"""The rules that hold for a client's months, and what one version changes against another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kpi_rules.errors import RefusedError
from kpi_rules.records.rulebooks import rulebook_from_record
from kpi_rules.rulebook.drafts import rulebook_toml
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.periods import Month
from kpi_rules.words.rule_changes import differences
from ledger import FrozenKind, Ledger
from operations.facts.client_books import read_entries
from operations.facts.held_months import WHOLE
from operations.files.scoring import read_rulebook
from operations.world.new_files import write_new
from operations.world.services import Services


@dataclass(frozen=True)
class RulesComparison:
    """Two versions and, sentence by sentence, what the second changes; none: the same rules."""

    client: str
    old: Rulebook
    new: Rulebook
    told: tuple[str, ...]


def frozen_rules(ledger: Ledger, slug: str, month: Month) -> Rulebook | None:
    """Give the rules that froze when a month opened, None before that."""
    record = ledger.frozen(slug, month, FrozenKind.RULES).get(WHOLE)
    return None if record is None else rulebook_from_record(record)


def rules_of_month(slug: str, month: Month, services: Services) -> Rulebook:
    """Give the rules of a month: the frozen ones, or those of «Правила» that would hold in it.

    Raises RefusedError where the tab can not be read or no version holds yet.
    """
    client = services.ledger.client(slug)
    frozen = frozen_rules(services.ledger, slug, month)
    if frozen is not None:
        return frozen
    parsed = read_entries(client, services)
    entered = parsed.rules_entered(month)
    if entered is None:
        raise RefusedError("rules_missing", month=month, files=(client.template, client.language))
    return entered.at(month)


def compare_rules(slug: str, month: Month, other: Month | Path, services: Services) -> RulesComparison:
    """Hold a month's rules against another month's, or against a draft in a file. Changes nothing."""
    client = services.ledger.client(slug)
    texts = services.texts_of(slug)
    old = rules_of_month(slug, month, services)
    new = read_rulebook(other) if isinstance(other, Path) else rules_of_month(slug, other, services)
    return RulesComparison(client.name, old, new, tuple(differences(old, new, texts)))


def changed_rules(slug: str, month: Month, services: Services) -> tuple[str, ...]:
    """Tell what the rules of an opened month change against the month before; none where nothing is frozen."""
    old, new = (frozen_rules(services.ledger, slug, of) for of in (month.plus(-1), month))
    return () if old is None or new is None else tuple(differences(old, new, services.texts_of(slug)))


def export_rules(slug: str, month: Month, path: Path, services: Services) -> Rulebook:
    """Write a month's rules as a file to draft from. Raises RefusedError where the file exists."""
    rulebook = rules_of_month(slug, month, services)
    write_new(path, rulebook_toml(rulebook).encode())
    return rulebook
