"""Sentences in the client's language, looked up by key; the words themselves are data of `templates`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from kpi_rules.problems import Problem
from kpi_rules.time.periods import Month
from kpi_rules.words.dates import MonthName, date_text, moment_text, with_dates
from kpi_rules.words.numbers import decimal_sign, exact_number_text, number_text, plural_form
from kpi_rules.words.said import Said

_CHOICES = {"kpi": "measure", "id": "measure", "measure": "measure", "role": "role", "group": "group"}
"""Params of problems that hold a key of the rules, and the choice whose words say it."""
_NUMBERS = frozenset({"read", "hundredfold", "percent", "sum", "minimum"})
"""Params that hold an exact number, or one with a percent sign."""
_NUMBER_VALUES = frozenset(
    {
        "rules_weight_zero",
        "rules_cap",
        "rules_index_flat",
        "rules_coefficient",
        "rules_bands_gap",
        "rules_bands_overlap",
        "report_negative",
        "report_repeat_above_deals",
        "share_not_between",
        "report_processed_above_received",
        "report_deals_above_processed",
    }
)
"""Problems whose `value` is a number of ours, and no cell as somebody typed it."""
_MONTHS = frozenset({"month", "paid", "closed", "since"})
"""Params that hold a month («2026-10»); records keep them so, sentences name it."""
_OWN_DAYS = frozenset({"read", "date", "when"})
"""Params that hold a day of ours («05.10.2026», with a time behind it or not); of `value` only some problems'."""
_DAY_VALUES = frozenset(
    {
        "answer_after_a_month",
        "answer_before_arrival",
        "date_before_client",
        "date_in_future",
        "date_out_of_place",
        "hired_in_future",
        "outside_employment",
        "paid_before_arrival",
        "row_of_closed_month",
    }
)


@dataclass(frozen=True)
class Texts:
    """All sentences of one language.

    `language` is `ru`, `kk` or `en`; `phrases` maps dotted keys («problem.deal_without_amount.what») to
    sentences with `{named}` blanks. Whole numbers, months, days and sentences are put in as the language has
    them; exact numbers come ready formatted.
    """

    language: str
    phrases: Mapping[str, str]

    def __call__(self, key: str, /, **blanks: object) -> str:
        """Give the sentence of `key` with its blanks filled; raises KeyError on an unknown key."""
        return self.phrases[key].format(**{name: self._shown(value) for name, value in blanks.items()})

    def __contains__(self, key: str) -> bool:
        """Tell whether there is a sentence of that key."""
        return key in self.phrases

    def what(self, problem: Problem) -> str:
        """Say what is wrong."""
        return self(f"problem.{problem.code}.what", **self._said(problem))

    def fix(self, problem: Problem) -> str:
        """Say what to do about it."""
        return self(f"problem.{problem.code}.fix", **self._said(problem))

    def say(self, sentence: Said) -> str:
        """Put a sentence into words; raises KeyError on an unknown key."""
        return self(sentence.key, **sentence.params)

    def _shown(self, value: object) -> object:
        """Give a value as it stands in a sentence of this language."""
        shown = value
        match value:
            case Said():
                shown = self.say(value)
            case Problem():
                shown = _ProblemWords(self.what(value), self.fix(value))
            case Month():
                shown = MonthName(value, self.language)
            case datetime():
                shown = moment_text(value, self.language)
            case date():
                shown = date_text(value, self.language)
            case int():
                shown = number_text(Fraction(value), self.language)
            case tuple():
                shown = "; ".join(str(self._shown(each)) for each in value)
        return shown

    def _said(self, problem: Problem) -> Mapping[str, object]:
        """Write a problem's params as the language does: numbers, months and days in its form, keys in its words."""
        said: dict[str, object] = {}
        for name, value in problem.params.items():
            if name in _CHOICES:
                said[name] = self.phrases.get(f"choice.{_CHOICES[name]}.{value}", value)
            elif name in _MONTHS:
                said[name] = _month(value) or value
            elif name in _OWN_DAYS and (moment := _moment(value)):
                said[name] = moment
            elif name == "value" and problem.code in _DAY_VALUES:
                said[name] = _moment(value) or value
            elif name == "key" and " " in value:
                said[name] = with_dates(value, self.language)  # a day and somebody's code; a № stays as it is
            elif name in _NUMBERS or (name == "value" and problem.code in _NUMBER_VALUES):
                said[name] = exact_number_text(value, self.language)
            elif name == "decimal" or (name == "value" and "is_decimal" in problem.params):
                said[name] = value.replace(".", decimal_sign(self.language))
            elif name == "value" and (month := _month(problem.params.get("month", ""))):
                # «M01 · 2026-10»: the month that the row begins with.
                said[name] = value.replace(str(month), MonthName(month, self.language))
            else:
                said[name] = value
        return said


class _ProblemWords(str):
    """A problem within a sentence: {problem} and {problem:bare}, without its full stop; {problem:fix}, what to do."""

    __slots__ = ("fix",)
    fix: str

    def __new__(cls, what: str, fix: str) -> _ProblemWords:
        made = super().__new__(cls, what)
        made.fix = fix
        return made

    def __format__(self, form: str) -> str:
        forms = {"": str(self), "bare": self.rstrip("."), "fix": self.fix}
        return forms[form]


def _month(value: str) -> Month | None:
    try:
        return Month.parse(value)
    except ValueError:
        return None


def _moment(value: str) -> date | None:
    """Read a day as our rooms write it, «05.10.2026» or «05.10.2026 14:30»; None where it is something else."""
    for form, timed in (("%d.%m.%Y", False), ("%d.%m.%Y %H:%M", True)):
        try:
            moment = datetime.strptime(value, form)  # noqa: DTZ007 - local time of the client
        except ValueError:
            continue
        return moment if timed else moment.date()
    return None


def plural(texts: Texts, key: str, count: int) -> str:
    """Give «3 сделки»: the phrase of `key` in the form that the language wants for the number."""
    form = plural_form(count, texts.language)
    in_form = f"{key}.{form}"
    return texts(in_form if in_form in texts else f"{key}.other", count=count)
