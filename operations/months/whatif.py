"""What if: the last closed months recounted from their sealed records under a draft of the rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kpi_rules.deciding.whatif import WhatIf, what_if
from kpi_rules.errors import RefusedError
from kpi_rules.records.months import inputs_from_record, read_month, salaries_from_record
from kpi_rules.rulebook.input_words import INPUTS
from kpi_rules.rulebook.model import Rulebook
from kpi_rules.time.periods import Month
from kpi_rules.words.texts import Texts
from ledger import Ledger
from operations.files.scoring import read_rulebook
from operations.seals.snapshots import sealed_month
from operations.world.telling import WORKING_LANGUAGE
from templates.loading import load


@dataclass(frozen=True)
class Change:
    """Variable pay of one employee, or of all, over some months, in tiyn.

    Only where both figures exist: a shadow month pays nothing, and a card that lacks data has no new score.
    """

    code: str
    name: str
    months: int
    old_tiyn: int
    new_tiyn: int

    @property
    def gain_tiyn(self) -> int:
        """What the draft would have brought (negative: cost)."""
        return self.new_tiyn - self.old_tiyn


@dataclass(frozen=True)
class Comparison:
    """Closed months as they were and as the draft would have them, oldest first; `unpaid` are shadow months."""

    client: str
    draft: Rulebook
    months: tuple[Month, ...]
    unpaid: frozenset[Month]
    cases: tuple[WhatIf, ...]
    texts: Texts

    def is_paid(self, case: WhatIf) -> bool:
        """Tell whether old and new pay of this case can be held against each other."""
        return case.month not in self.unpaid and not case.new_incomplete

    def changes(self) -> tuple[Change, ...]:
        """Sum up each employee's months: who gains most first, who loses most last."""
        by_code: dict[str, list[WhatIf]] = {}
        for case in filter(self.is_paid, self.cases):
            by_code.setdefault(case.code, []).append(case)
        changes = [_change(code, cases[-1].name, cases) for code, cases in by_code.items()]
        return tuple(sorted(changes, key=lambda change: (-change.gain_tiyn, change.code)))

    def total(self) -> Change:
        """Sum up everybody."""
        return _change("", "", [case for case in self.cases if self.is_paid(case)])


def compare(ledger: Ledger, slug: str, draft_path: Path, months: int) -> Comparison:
    """Recount the client's last closed months under a draft rulebook; nothing is changed anywhere.

    Facts, plan, calendar and salaries are those of the sealed records; corrections are left out. The draft
    is taken to hold in each of these months, whatever its own first month is.

    Raises RefusedError (the draft can not be used, or no month is closed), NewerFormError where a newer program
    sealed one of them, and what the ledger raises on an unknown client.
    """
    client = ledger.client(slug)
    texts = load(client.template, client.language, WORKING_LANGUAGE).texts
    draft = read_rulebook(draft_path)
    records = [read_month(seal.record) for seal in ledger.seals(slug)[-months:]]
    if not records:
        raise RefusedError("whatif_without_months", client=slug)
    return Comparison(
        client=client.name,
        draft=draft,
        months=tuple(sealed_month(record) for record in records),
        unpaid=frozenset(sealed_month(record) for record in records if record["payroll"] is None),
        cases=tuple(case for record in records for case in _recount(record, draft, draft_path)),
        texts=texts,
    )


def _recount(record: Mapping[str, Any], draft: Rulebook, path: Path) -> list[WhatIf]:
    inputs = inputs_from_record(record["inputs"])
    if inputs.rulebook.grain != draft.grain:
        known, other = INPUTS[inputs.rulebook.grain], INPUTS[draft.grain]
        raise RefusedError(
            "whatif_of_other_inputs", file=path.name, draft=other, month=inputs.month, inputs=known
        )
    as_of_at = datetime.fromisoformat(record["as_of_at"])
    return what_if(inputs, salaries_from_record(record["salaries"]), as_of_at, rulebook=draft)


def _change(code: str, name: str, cases: Iterable[WhatIf]) -> Change:
    own = list(cases)
    return Change(
        code=code,
        name=name,
        months=len({case.month for case in own}),
        old_tiyn=sum(case.old_variable_tiyn for case in own),
        new_tiyn=sum(case.new_variable_tiyn for case in own),
    )
