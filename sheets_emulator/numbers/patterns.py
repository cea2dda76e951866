"""Google's number-format patterns: taken apart once, then applied to many values.

A pattern has up to four sections (`positive;negative;zero;text`), or sections chosen by conditions
(`[>=1000]`). A section is a row of tokens: literal text, digit places, or parts of a date.
Source: the API's guide 'Date & number formats', section 'Number format patterns' and 'Meta instructions'.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property, lru_cache

from sheets_emulator.numbers.digit_layouts import DigitLayout
from sheets_emulator.numbers.locales import Region

_LEXER = re.compile(
    r"""\[(?P<bracket>[^\]]*)\] | "(?P<quoted>[^"]*)"? | \\(?P<escaped>.) | _(?P<width>.) | \*(?P<fill>.)
      | (?P<at>@) | (?P<general>general) | (?P<half>am/pm|a/p) | (?P<exponent>e[+-])
      | (?P<date>y+|m+|d+|h+|s+) | (?P<digit>[0#?]) | (?P<point>\.) | (?P<comma>,) | (?P<percent>%)
      | (?P<slash>/) | (?P<other>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|=|<|>)\s*(-?\d+(?:\.\d+)?)$")
_COLOUR = re.compile(r"(black|blue|cyan|green|magenta|red|white|yellow|color\d{1,2})$", re.IGNORECASE)
_ELAPSED = re.compile(r"(h+|m+|s+)$", re.IGNORECASE)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
_UNIT_SECONDS = {"h": 3600, "m": 60, "s": 1}


@dataclass(frozen=True)
class Token:
    """One piece of a section; `kind` is `text` for literals, else the lexer's name for it."""

    kind: str
    text: str


@dataclass(frozen=True)
class Section:
    """One section of a pattern, ready to be applied."""

    tokens: tuple[Token, ...]
    colour: str | None = None
    condition: tuple[str, float] | None = None
    signed: bool = field(default=True)  # whether a negative number shows its minus here

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Which kinds of token occur."""
        return frozenset(token.kind for token in self.tokens)

    @cached_property
    def is_date(self) -> bool:
        """Whether this section shows dates or times: it has such tokens, and digits only behind seconds."""
        if not self.kinds & {"date", "elapsed", "half"}:
            return False
        previous = ""
        for token in self.tokens:
            if token.kind == "digit" and previous not in {"s.", "s.0"}:
                return False
            if token.kind == "point" and previous == "s":
                previous = "s."
            elif token.kind == "digit":
                previous = "s.0"
            else:
                previous = token.text[0].lower() if token.kind in {"date", "elapsed"} else ""
        return True

    @cached_property
    def is_general(self) -> bool:
        """Whether numbers are shown here as under no format (`General`, or `@` meant for text)."""
        return "general" in self.kinds or ("at" in self.kinds and not self.kinds & {"digit", "date"})

    @cached_property
    def _digits(self) -> DigitLayout:
        return DigitLayout([(token.kind, token.text) for token in self.tokens], signed=self.signed)

    @cached_property
    def _date_parts(self) -> tuple[tuple[str, str], ...]:
        return tuple(_date_parts(self.tokens))

    def text(self, value: str) -> str:
        """The literals of this section, with the value at each `@`."""
        return "".join(value if t.kind in {"at", "general"} else t.text for t in self.tokens)

    around = text

    def number(self, value: Decimal, place: Region) -> str:
        """A number laid over the digit places."""
        return self._digits.show(value, place)

    def date(self, moment: datetime, serial_days: float, place: Region) -> str:
        """A moment; `serial_days` is needed for elapsed time (`[h]:mm` counts past 24 hours)."""
        afternoon = "half" in self.kinds
        has_day = any(part == "d" for part, _ in self._date_parts)
        total = round(abs(serial_days) * 86_400_000) / 1000
        shown = [
            _date_part(part, text, moment, total, place, afternoon=afternoon, has_day=has_day)
            for part, text in self._date_parts
        ]
        negative = serial_days < 0 and "elapsed" in self.kinds
        return ("-" if negative else "") + "".join(shown)


@dataclass(frozen=True)
class Pattern:
    """A whole pattern: its numeric sections, and the one for text if there is any."""

    sections: tuple[Section, ...]
    text_section: Section | None

    def section_for(self, value: float) -> Section:
        """The section that shows this number."""
        if any(section.condition for section in self.sections):
            for section in self.sections:
                if section.condition is None or _COMPARE[section.condition[0]](value, section.condition[1]):
                    return section
            return self.sections[-1]
        if value < 0 and len(self.sections) > 1:
            return self.sections[1]
        return self.sections[2] if value == 0 and len(self.sections) > 2 else self.sections[0]


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Pattern:
    """A pattern taken apart. Anything unknown in it is shown as it stands, as Google does."""
    raw = [_section(part) for part in _split(pattern)]
    text_section = None
    if len(raw) > 3 or ("at" in raw[-1].kinds and not raw[-1].kinds & {"digit", "date"}):
        text_section = raw[-1]
    numeric = raw[:3]
    if text_section is numeric[-1] and len(numeric) > 1:
        numeric.pop()
    return Pattern(tuple(_with_sign(s, i, len(numeric)) for i, s in enumerate(numeric)), text_section)


def _with_sign(section: Section, index: int, count: int) -> Section:
    """The second of two sections draws its own minus, and so does one that admits negatives only."""
    if section.condition:
        compare, bound = section.condition
        signed = not (compare in {"<", "<="} and bound <= 0)
    else:
        signed = not (index == 1 and count > 1)
    return Section(section.tokens, section.colour, section.condition, signed)


def _split(pattern: str) -> list[str]:
    parts, start = [], 0
    for match in _LEXER.finditer(pattern):
        if match["other"] == ";":
            parts.append(pattern[start : match.start()])
            start = match.end()
    return [*parts, pattern[start:]]


def _section(part: str) -> Section:
    tokens: list[Token] = []
    colour, condition = None, None
    for match in _LEXER.finditer(part):
        kind = match.lastgroup or "quoted"
        text = match[kind] or ""
        if kind == "bracket":
            if _COLOUR.match(text):
                colour = text.lower()
            elif compared := _CONDITION.match(text):
                condition = (compared[1], float(compared[2]))
            elif _ELAPSED.match(text):
                tokens.append(Token("elapsed", text))
            elif text.startswith("$"):  # [$₸-43F]: a currency sign, then a Windows locale
                tokens.append(Token("text", text[1:].rpartition("-")[0] or text[1:]))
        elif kind == "width":
            tokens.append(Token("text", " "))
        elif kind in {"quoted", "escaped", "fill", "other"}:
            tokens.append(Token("text", text))
        else:
            tokens.append(Token(kind, text))
    return Section(tuple(tokens), colour, condition)


def _date_parts(tokens: tuple[Token, ...]) -> list[tuple[str, str]]:
    """Each token as (part, text); a lone `m` beside hours or seconds becomes minutes (part `n`)."""
    parts = [
        (t.text[0].lower(), t.text) if t.kind == "date" else (t.kind, t.text)
        for t in tokens
        if t.kind != "text" or t.text
    ]
    _join_decimal_seconds(parts)
    clock = [i for i, (part, _) in enumerate(parts) if part in {"y", "m", "d", "h", "s", "elapsed"}]
    for order, i in enumerate(clock):
        part, text = parts[i]
        if part != "m" or len(text) > 2:
            continue
        before = parts[clock[order - 1]] if order else ("", "")
        after = parts[clock[order + 1]] if order + 1 < len(clock) else ("", "")
        if _is_unit(before, "h") or _is_unit(after, "s"):
            parts[i] = ("n", text)
    return parts


def _join_decimal_seconds(parts: list[tuple[str, str]]) -> None:
    """Point and zeros behind the seconds become one part: `ss.000`."""
    for i in range(len(parts) - 1, -1, -1):
        if parts[i][0] == "point" and i + 1 < len(parts) and parts[i + 1][0] == "digit":
            end = i + 1
            while end < len(parts) and parts[end][0] == "digit":
                end += 1
            parts[i:end] = [("decimals", "0" * (end - i - 1))]


def _is_unit(part: tuple[str, str], letter: str) -> bool:
    return part[0] == letter or (part[0] == "elapsed" and part[1][0].lower() == letter)


def _date_part(
    part: str,
    text: str,
    moment: datetime,
    total_seconds: float,
    place: Region,
    *,
    afternoon: bool,
    has_day: bool,
) -> str:
    width = min(len(text), 2)
    shown = text
    if part == "h":
        shown = f"{(moment.hour % 12 or 12) if afternoon else moment.hour:0{width}d}"
    elif part in {"n", "s"}:
        shown = f"{moment.minute if part == 'n' else moment.second:0{width}d}"
    elif part == "decimals":
        shown = place.decimal + f"{moment.microsecond:06d}"[: len(text)].ljust(len(text), "0")
    elif part == "d":
        shown = _day(len(text), moment, place)
    elif part == "m":
        shown = _month(len(text), moment, place, has_day=has_day)
    elif part == "y":
        shown = f"{moment.year % 100:02d}" if len(text) < 3 else f"{moment.year:04d}"
    elif part == "elapsed":
        shown = f"{int(total_seconds // _UNIT_SECONDS[text[0].lower()]):0{len(text)}d}"
    elif part == "half":
        shown = _half(text, moment, place)
    return shown


def _half(text: str, moment: datetime, place: Region) -> str:
    """`am/pm` in the locale's words; `a/p` as one letter in the pattern's own case."""
    afternoon = moment.hour >= 12
    return place.day_halves[afternoon] if len(text) > 3 else text[2 if afternoon else 0]


def _day(length: int, moment: datetime, place: Region) -> str:
    if length < 3:
        return f"{moment.day:0{length}d}"
    return (place.weekdays_short if length == 3 else place.weekdays)[moment.weekday()]


def _month(length: int, moment: datetime, place: Region, *, has_day: bool) -> str:
    if length < 3:
        return f"{moment.month:0{length}d}"
    if length == 3:
        return place.months_short[moment.month - 1]
    name = (place.months if has_day else place.months_alone)[moment.month - 1]
    return name[0] if length == 5 else name
