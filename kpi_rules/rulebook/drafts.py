"""A rulebook written as the TOML that `rulebooks.load` reads: to be kept, changed and tried by what-if."""

from __future__ import annotations

import json
from collections.abc import Iterable
from fractions import Fraction

from kpi_rules.exact import exact_text
from kpi_rules.measures.conditions import Condition
from kpi_rules.policies import POLICIES, PolicyValue
from kpi_rules.rulebook.input_words import INPUTS
from kpi_rules.rulebook.model import Kpi, Role, Rulebook
from kpi_rules.rulebook.versions import to_rows


def rulebook_toml(rulebook: Rulebook) -> str:
    """Write a rulebook without loss; numbers that are not whole stand in quotes, exactly."""
    lines = [
        f"name = {_text(rulebook.name)}",
        f'from_month = "{rulebook.from_month}"',
        f'inputs = "{INPUTS[rulebook.grain]}"',
        "",
        "[policies]",
    ]
    given = rulebook.policies.given
    lines += [
        f"{policy.file_key} = {_value(policy.in_file(given[id_]))}"
        for id_, policy in POLICIES.items()
        if id_ in given
    ]
    rows, _ = to_rows([rulebook])
    cards: Iterable[tuple[Role, Kpi]] = [
        *((Role.MANAGER, kpi) for kpi in rulebook.kpis),
        *((Role.HEAD, kpi) for kpi in rulebook.head_kpis),
    ]
    for row, (role, kpi) in zip(rows, cards, strict=True):
        lines += [
            "",
            "[[kpis]]",
            f'role = "{role}"',
            f"id = {_text(kpi.id)}",
            f'group = "{kpi.group}"',
            f"measure = {_text(kpi.measure)}",
            f'scoring = "{kpi.scoring}"',
            f"weight_percent = {_number(kpi.weight_percent)}",
            f"cap_percent = {_number(kpi.cap_fraction * 100)}",
        ]
        # The row has them in the unit that people write (₸, not tiyn).
        for name, value in (("base", row.base), ("norm", row.norm)):
            lines += [] if value is None else [f'{name} = "{exact_text(value)}"']
        lines.append(f'when_not_applicable = "{kpi.when_not_applicable}"')
        lines += [] if kpi.how_counted is None else [f'how_counted = "{kpi.how_counted}"']
        lines += [] if kpi.own_target is None else [f"own_target = {_text(kpi.own_target)}"]
        lines += [] if kpi.only_where is None else [f"only_where = {_condition(kpi.only_where)}"]
    for band in rulebook.bands:
        lines += [
            "",
            "[[bands]]",
            f"from_percent = {band.from_percent}",
            f"id = {_text(band.id)}",
            f"coefficient_percent = {_number(band.coefficient * 100)}",
        ]
    return "\n".join(lines) + "\n"


def _condition(condition: Condition) -> str:
    def texts(values: Iterable[str]) -> str:
        return f"[{', '.join(map(_text, values))}]"

    clauses = (
        f"{{ column = {_text(clause.column)}, header = {_text(clause.header)}, "
        f"equal = {'true' if clause.equal else 'false'}, values = {texts(clause.values)}, "
        f"words = {texts(clause.words)} }}"
        for clause in condition.clauses
    )
    return f"[{', '.join(clauses)}]"


def _value(value: PolicyValue) -> str:
    return _text(value) if isinstance(value, str) else _number(Fraction(value))


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f'"{exact_text(value)}"'


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
