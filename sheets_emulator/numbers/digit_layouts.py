"""Numbers laid over the digit places of a pattern: `#,##0.00`, `0%`, `0.00E+00`, `# ?/?`, `+7 (000) 000`."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from sheets_emulator.numbers.locales import SPACES, Region

# Wide enough for every double in full.
_EXACT = Context(prec=400, rounding=ROUND_HALF_UP)
# The way Russians write `#,##0`: `# ##0`, `# ### ##0`.
_SPACED = re.compile(rf"#{{1,3}}([{SPACES}])(?:###\1)*##0$")
Piece = tuple[str, str]  # (kind, text) as number_patterns names the kinds


class DigitLayout:
    """The numeric meaning of one section."""

    def __init__(self, pieces: Sequence[Piece], *, signed: bool) -> None:
        """Takes the section's tokens; `signed` says whether a minus is drawn before negative numbers."""
        self._signed = signed
        pieces = [
            ("text", text) if kind in {"date", "half", "elapsed", "at"} else (kind, text)
            for kind, text in pieces
        ]
        self._percents = sum(kind == "percent" for kind, _ in pieces)
        kinds = [kind for kind, _ in pieces]
        self._fraction_at = kinds.index("slash") if "slash" in kinds and "digit" in kinds else None
        cut = kinds.index("exponent") if "exponent" in kinds and "digit" in kinds else len(pieces)
        mantissa, self._exponent = pieces[:cut], pieces[cut:]
        point = next((i for i, (kind, _) in enumerate(mantissa) if kind == "point"), len(mantissa))
        self._whole, self._thousands, self._grouped = _commas(mantissa[:point])
        self._point = point < len(mantissa)
        self._decimals = [p for p in mantissa[point + 1 :] if p[0] != "comma"]
        self._thousands += len(mantissa[point + 1 :]) - len(self._decimals)
        self._decimal_places = sum(kind == "digit" for kind, _ in self._decimals)
        self._pieces = list(pieces)

    def show(self, value: Decimal, place: Region) -> str:
        """The number as text; the minus stands before everything else, as Google puts it."""
        sign = "-" if value < 0 and self._signed else ""
        size = abs(value).scaleb(2 * self._percents - 3 * self._thousands, _EXACT)
        if self._exponent:
            return sign + self._scientific(size, place)
        if self._fraction_at is not None:
            return sign + self._as_fraction(size)
        return sign + self._lay(size, place)

    def _lay(self, size: Decimal, place: Region) -> str:
        rounded = size.quantize(Decimal(1).scaleb(-self._decimal_places), context=_EXACT)
        whole, _, decimals = f"{rounded:f}".partition(".")
        whole = "" if whole == "0" else whole
        point = place.decimal if self._point else ""
        return self._lay_whole(whole, place) + point + _lay_decimals(decimals, self._decimals)

    def _lay_whole(self, digits: str, place: Region) -> str:
        pieces, group = self._whole, place.group if self._grouped else ""
        if place.groups_by_space and (spaced := _spaced(pieces)):
            pieces, group = spaced
        places_left = sum(kind == "digit" for kind, _ in pieces)
        shown: list[str] = []  # from right to left
        count = 0
        for kind, text in reversed(pieces):
            if kind != "digit":
                shown.append(text)
                continue
            places_left -= 1
            # The leftmost place takes all digits that are left.
            taken = digits if places_left == 0 else digits[-1:]
            digits = digits[: len(digits) - len(taken)]
            for character in reversed(taken or {"0": "0", "?": " ", "#": ""}[text]):
                if group and count and count % 3 == 0:
                    shown.append(group if character != " " else " ")
                shown.append(character)
                count += 1
        return "".join(reversed(shown))

    def _scientific(self, size: Decimal, place: Region) -> str:
        step = max(1, sum(kind == "digit" for kind, _ in self._whole))
        exponent = 0
        if size:
            exponent = size.adjusted() // step * step
            scaled = size.scaleb(-exponent, _EXACT)
            if scaled.quantize(Decimal(1).scaleb(-self._decimal_places), context=_EXACT) >= 10**step:
                exponent += step
        mantissa = self._lay(size.scaleb(-exponent, _EXACT), place)
        letter = self._exponent[0][1]
        sign = "-" if exponent < 0 else "+" if letter[1] == "+" else ""
        zeros = sum(kind == "digit" for kind, _ in self._exponent)
        tail = "".join(text for kind, text in self._exponent[1:] if kind != "digit")
        return f"{mantissa}{letter[0]}{sign}{abs(exponent):0{zeros}d}{tail}"

    def _as_fraction(self, size: Decimal) -> str:
        """`# ?/?`: the nearest fraction with as many digits as the places below the bar allow."""
        written = "".join(text for _, text in self._pieces)
        match = re.match(
            r"(?P<lead>.*?)(?P<whole>[#0?]+[ ]+)?(?P<top>[#0?]+)\s*/\s*(?P<bottom>[#0?\d]+)(?P<tail>.*)$",
            written,
        )
        if not match:
            return written
        exact = Fraction(size)
        whole = int(exact) if match["whole"] else 0
        bottom = match["bottom"]
        if set(bottom) <= set("#0?"):
            part = (exact - whole).limit_denominator(10 ** len(bottom) - 1)
            top, below = part.numerator, part.denominator
        else:
            below = int(bottom.replace("#", "").replace("?", ""))
            top = round((exact - whole) * below)
        if match["whole"] and top == below:
            whole, top = whole + 1, 0
        if match["whole"] and top == 0:
            return f"{match['lead']}{whole}{match['tail']}"
        shown_whole = f"{whole} " if match["whole"] and whole else ""
        return f"{match['lead']}{shown_whole}{top}/{below}{match['tail']}"


def _commas(pieces: Sequence[Piece]) -> tuple[list[Piece], int, bool]:
    """Places before the point without their commas; trailing commas (each divides by 1000); grouped or not."""
    digits = [i for i, (kind, _) in enumerate(pieces) if kind == "digit"]
    first, last = (digits[0], digits[-1]) if digits else (len(pieces), len(pieces))
    kept: list[Piece] = []
    thousands, grouped = 0, False
    for i, (kind, text) in enumerate(pieces):
        if kind == "comma" and i > last:
            thousands += 1
        elif kind == "comma" and i > first:
            grouped = True
        else:
            kept.append((kind, text))
    return kept, thousands, grouped


def _spaced(pieces: Sequence[Piece]) -> tuple[list[Piece], str] | None:
    """In locales that group by spaces: `# ##0` taken as grouping, shown with the space as written."""
    digits = [i for i, (kind, _) in enumerate(pieces) if kind == "digit"]
    if not digits:
        return None
    first, last = digits[0], digits[-1]
    match = _SPACED.match("".join(text for _, text in pieces[first : last + 1]))
    if not match:
        return None
    places = [piece for piece in pieces[first : last + 1] if piece[0] == "digit"]
    return [*pieces[:first], *places, *pieces[last + 1 :]], match[1]


def _lay_decimals(digits: str, pieces: Sequence[Piece]) -> str:
    """Digits behind the point; trailing zeros vanish under `#` and become spaces under `?`."""
    shown: list[str] = []  # from right to left
    trailing = True
    index = len(digits)
    for kind, text in reversed(pieces):
        if kind != "digit":
            shown.append(text)
            continue
        index -= 1
        digit = digits[index]
        trailing = trailing and digit == "0" and text != "0"
        shown.append({"#": "", "?": " "}[text] if trailing else digit)
    return "".join(reversed(shown))
