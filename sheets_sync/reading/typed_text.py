"""What a text in a cell means where a number, a day, a month, a time or a person is expected; one text at a time.

Nothing is guessed (behaviour §2, 6): a text that can mean two things is refused with the reason. Words are compared
without regard to case, stray spaces, ё/е and look-alike letters.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from fractions import Fraction
from functools import cache

from babel.dates import get_month_names

from kpi_rules.facts.inputs import Employment
from kpi_rules.spelling import UNSEEN, folded
from kpi_rules.time.periods import Month

ERROR_VALUES = frozenset((
    "#REF!", "#N/A", "#DIV/0!", "#ERROR!", "#NAME?", "#VALUE!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!",
    "#GETTING_DATA", "Loading...", "#ССЫЛКА!", "#Н/Д", "#ДЕЛ/0!", "#ОШИБКА!", "#ИМЯ?", "#ЗНАЧ!", "#ЧИСЛО!",
    "#ПУСТО!", "#ПЕРЕНОС!", "#ВЫЧИСЛ!", "Загрузка...",
))  # fmt: skip
"""What a broken formula shows, in English and Russian."""

_CURRENCY = re.compile(r"^(?:₸|kzt)\s*|\s*(?:₸|тг\.?|тнг\.?|тенге|теңге|tenge|kzt)$", re.IGNORECASE)
_MINUTES = re.compile(r"\s*(?:минут[аы]?|мин\.?|minutes?|min\.?)$", re.IGNORECASE)
_ONE_SEPARATOR = re.compile(r"\d+[.,](\d+)")
_NUMBER_FORMS = (
    re.compile(r"\d+(?:[.,]\d+)?"),
    re.compile(r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?"),
    re.compile(r"\d{1,3}(?:'\d{3})+(?:[.,]\d+)?"),
    re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}"),
    re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}"),
)
_LONGEST_NUMBER = 40
_CLOCK = r"(?:[ ,T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
_DAY_FORMS = tuple(
    re.compile(form + _CLOCK)
    for form in (
        r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?: ?г\.?)?",
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2}) (?P<name>[^\W\d]+)\.? (?P<year>\d{4})(?: ?г\.?)?",
        r"(?P<year>\d{4})(?: ?ж\.| жылғы)? (?P<day>\d{1,2}) (?P<name>[^\W\d]+)\.?",
    )
)
_MONTH_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?P<year>\d{4})[-./](?P<month>\d{1,2})",
        r"(?P<month>\d{1,2})[-./](?P<year>\d{4})",
        r"(?P<name>[^\W\d]+)\.?,? (?P<year>\d{4})(?: ?г\.?)?",
        r"(?P<year>\d{4})(?: ?ж\.| жыл(?:ғы|дың))?,? (?P<name>[^\W\d]+)\.?(?: айы)?",
    )
)


class UnreadableError(ValueError):
    """A text that does not say what its column holds; `code` is the problem's code."""

    def __init__(self, code: str, params: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.params = params or {}


def plain(text: str) -> str:
    """Trim a text, turn its unusual spaces, minus signs and apostrophes into the plain ones, drop what nobody sees."""
    return " ".join(text.translate(UNSEEN).replace("−", "-").replace("’", "'").split())


def as_seen(text: str) -> str:
    """Give a text as it looks: without signs that nobody sees, with a plain space for a no-break one."""
    return text.translate(UNSEEN).replace("\u00a0", " ").replace("\u202f", " ")


def number(text: str) -> Fraction:
    """Read a number as people write it: «1 250 000», «1.250.000,50», «12,5».

    Raises UnreadableError: `number_ambiguous` where one separator has exactly three digits behind it
    (behaviour §3), `number_unreadable` otherwise.
    """
    body = plain(text)
    negative = body.startswith("-")
    body = body.removeprefix("-").removeprefix("+").lstrip() if body[:1] in "+-" else body
    single = _ONE_SEPARATOR.fullmatch(body)
    if single and len(single[1]) == 3:
        together, decimal = str(int(re.sub(r"[.,]", "", body))), body.replace(",", ".")
        raise UnreadableError("number_ambiguous", {"whole": together, "decimal": decimal})
    if len(body) > _LONGEST_NUMBER or not any(form.fullmatch(body) for form in _NUMBER_FORMS):
        raise UnreadableError("number_unreadable")
    return Fraction(_decimal_point(body)) * (-1 if negative else 1)


def _decimal_point(body: str) -> str:
    """Drop the separators of thousands and leave a point before the decimals."""
    digits = body.replace(" ", "").replace("'", "")
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return digits
    grouping = digits.count(digits[last]) > 1
    whole = re.sub(r"[.,]", "", digits[:last])
    return whole + ("" if grouping else ".") + digits[last + 1 :]


def amount(text: str) -> Fraction:
    """Read an amount in tenge, with or without the currency («1 250 000 ₸», «500 тг»)."""
    return number(_CURRENCY.sub("", plain(text)))


def share(text: str) -> Fraction:
    """Read a number or a percentage («12,5%» = 1/8)."""
    body = plain(text)
    return number(body[:-1]) / 100 if body.endswith("%") else number(body)


def minutes(text: str) -> Fraction:
    """Read a number of minutes («10», «10 мин»)."""
    return number(_MINUTES.sub("", plain(text)))


def moment(text: str) -> tuple[datetime, bool]:
    """Read a day with or without a time; tells whether there was one.

    `05.10.2026`, `2026-10-05`, `5 октября 2026`, each also with `14:30` or `14:30:15`.
    """
    body = plain(text)
    for form in _DAY_FORMS:
        match = form.fullmatch(body)
        if match:
            parts = match.groupdict()
            month = int(parts["month"]) if parts.get("month") else _month_number(parts.get("name"))
            hour, minute, second = (int(parts[part] or 0) for part in ("hour", "minute", "second"))
            try:  # local time of the client, so without a zone
                read = datetime(int(parts["year"]), month, int(parts["day"]), hour, minute, second)  # noqa: DTZ001
            except ValueError:
                break
            return read, parts["hour"] is not None
    raise UnreadableError("date_unreadable")


def month(text: str) -> Month:
    """Read a month: `2026-10`, `10.2026`, `октябрь 2026`, or any day in it."""
    body = plain(text)
    for form in _MONTH_FORMS:
        match = form.fullmatch(body)
        if match:
            parts = match.groupdict()
            try:
                index = int(parts["month"]) if parts.get("month") else _month_number(parts.get("name"))
                return Month(int(parts["year"]), index)
            except ValueError:
                break
    try:
        return Month.of(moment(body)[0].date())
    except UnreadableError:
        raise UnreadableError("month_unreadable") from None


def clock_time(text: str) -> time:
    """Read a time of day (`9:00`, `09:00:00`)."""
    match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", plain(text))
    try:
        if match:
            return time(int(match[1]), int(match[2]), int(match[3] or 0))
    except ValueError:
        pass
    raise UnreadableError("time_unreadable")


def _month_number(name: str | None) -> int:
    return _month_names().get((name or "").casefold(), 0)


@cache
def _month_names() -> Mapping[str, int]:
    """Names of months in the product's three languages, in all their forms («октябрь», «октября», «окт»)."""
    return {
        name.rstrip(".").casefold(): index
        for language in ("ru", "kk", "en")
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for index, name in get_month_names(width, context, language).items()
    }


SUGGESTION_CUTOFF = 0.6
"""How alike (0–1, difflib's ratio) a word must be to be offered as what was meant."""


def nearest(word: str, candidates: Iterable[str], cutoff: float = SUGGESTION_CUTOFF) -> str | None:
    """Find the candidate most like a misspelt word, or None where none is like it.

    Words are compared with their parts in order, so that «Ким Алёна» is like «Алёна Ким».
    """
    by_form = {_sorted_form(candidate): candidate for candidate in candidates}
    close = difflib.get_close_matches(_sorted_form(word), by_form, n=1, cutoff=cutoff)
    return by_form[close[0]] if close else None


def _sorted_form(text: str) -> str:
    return " ".join(sorted(folded(text).split()))


@dataclass(frozen=True)
class Person:
    """Somebody of whom a row of «Сотрудники» tells code and name, whatever else of it can be read."""

    code: str
    name: str
    email: str = ""


@dataclass(frozen=True)
class Directory:
    """Who is meant by what stands in a cell «Менеджер»: a code, a full name or an e-mail of «Сотрудники».

    An e-mail is understood and not how people are called there: it is told which code counts.
    """

    exact: Mapping[str, str]
    by_form: Mapping[str, frozenset[str]]
    labels: Mapping[str, str]
    """Code → full name."""

    @classmethod
    def of(cls, staff: Iterable[Employment | Person]) -> Directory:
        """Build it from all rows; a name that two codes share is known to be ambiguous."""
        exact: dict[str, set[str]] = {}
        by_form: dict[str, set[str]] = {}
        labels: dict[str, str] = {}
        for stint in staff:
            labels[stint.code] = stint.name
            for word in (stint.code, stint.name):
                exact.setdefault(word, set()).add(stint.code)
                by_form.setdefault(folded(word), set()).add(stint.code)
            if stint.email:
                by_form.setdefault(folded(stint.email), set()).add(stint.code)
        return cls(
            exact={word: next(iter(codes)) for word, codes in exact.items() if len(codes) == 1},
            by_form={form: frozenset(codes) for form, codes in by_form.items()},
            labels=labels,
        )

    def over(self, other: Directory) -> Directory:
        """Put another one beneath: it is asked for the words alone that are unknown here."""
        return Directory(
            exact={
                **{word: code for word, code in other.exact.items() if folded(word) not in self.by_form},
                **self.exact,
            },
            by_form={**other.by_form, **self.by_form},
            labels={**other.labels, **self.labels},
        )

    def codes(self, text: str) -> frozenset[str]:
        """Give the codes that a text may mean: one when it is clear, none when it is unknown."""
        if text in self.exact:
            return frozenset({self.exact[text]})
        return self.by_form.get(folded(text), frozenset())

    def spelled_exactly(self, text: str) -> bool:
        """Tell whether the text stands in «Сотрудники» letter by letter."""
        return text in self.exact or as_seen(text) in self.exact

    def similar(self, text: str) -> str | None:
        """Offer the name or code that was probably meant; for digits alone the code of the same number («001»)."""
        body = as_seen(text).strip()
        if body.isdecimal():
            return next((code for code in self.labels if code.isdecimal() and int(code) == int(body)), None)
        return nearest(body, (*self.labels.values(), *self.labels))
