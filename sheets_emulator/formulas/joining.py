"""Numbers joined into text with the locale's decimal comma: `="Итого "&A1` says «1,5», not «1.5».

The engine writes numbers the English way only. So in locales with a decimal comma each part of a joining
(`&`, CONCATENATE, CONCAT, TEXTJOIN, JOIN) is wrapped in an expression that swaps the sign.
"""

from collections.abc import Sequence

from sheets_emulator.formulas.doubts import marked
from sheets_emulator.formulas.tokens import Token

_COMPARISONS = frozenset({"=", "<>", "<", ">", "<=", ">="})
# Function → how many of its first arguments are no parts of the text.
_JOINING = {"CONCATENATE": 0, "CONCAT": 0, "TEXTJOIN": 2, "JOIN": 1}
_BEFORE: Token = ("literal", "LET(part_,(", None)
_END = '),IF(ISNUMBER(part_),SUBSTITUTE(part_&"",".","{comma}"),part_&""))'
JOINED_END = _END.format(comma=",")
JOINED_END_MARKED = _END.format(comma=marked(","))
_AFTER: Token = ("literal", JOINED_END, None)
# The engine must read the numbers in their criteria: `">"&A1` keeps the point there.
CRITERIA = frozenset(
    {"COUNTIF", "COUNTIFS", "SUMIF", "SUMIFS", "AVERAGEIF", "AVERAGEIFS", "MAXIFS", "MINIFS"}
)


def with_decimal_commas(tokens: Sequence[Token]) -> list[Token]:
    """The same formula with its joined parts wrapped; brackets must be known to match."""
    shown, _ = _expression(tokens, 0)
    return shown


def _expression(tokens: Sequence[Token], at: int, *, for_criteria: bool = False) -> tuple[list[Token], int]:
    """One argument or bracket's content: up to a separator or closing bracket at its own level."""
    shown: list[Token] = []
    parts: list[list[Token]] = [[]]
    while at < len(tokens) and tokens[at][0] not in {"close", "mark"}:
        kind, text, _ = tokens[at]
        at += 1
        if kind == "open":
            before = parts[-1][-1] if parts[-1] else ("", "", None)
            function = before[1].upper() if before[0] == "name" else ""
            inner, at = _bracket(tokens, at, function)
            parts[-1] += [(kind, text, None), *inner]
        elif text == "&" and kind == "operator":
            parts.append([])
        elif text in _COMPARISONS and kind == "operator":
            shown += [*_joined(parts, for_criteria=for_criteria), (kind, text, None)]
            parts = [[]]
        else:
            parts[-1].append(tokens[at - 1])
    return shown + _joined(parts, for_criteria=for_criteria), at


def _bracket(tokens: Sequence[Token], at: int, function: str) -> tuple[list[Token], int]:
    """The content of a function's bracket ('' for a plain one) with its closing sign."""
    shown: list[Token] = []
    skip = _JOINING.get(function)
    argument = 0
    while at < len(tokens):
        inner, at = _expression(tokens, at, for_criteria=function in CRITERIA)
        shown += _wrapped(inner) if skip is not None and argument >= skip else inner
        shown.append(tokens[at])
        at += 1
        argument += 1
        if tokens[at - 1][0] == "close":
            break
    return shown, at


def _joined(parts: list[list[Token]], *, for_criteria: bool) -> list[Token]:
    if len(parts) == 1:
        return parts[0]
    shown: list[Token] = []
    for part in parts:
        shown += [("operator", "&", None)] if shown else []
        shown += part if for_criteria else _wrapped(part)
    return shown


def _wrapped(part: list[Token]) -> list[Token]:
    """A part that may be a number; texts and blanks need nothing."""
    if not part or (len(part) == 1 and part[0][0] == "string"):
        return part
    if _has_bare_range(part):
        return [("refused", "Ranges joined into text are not emulated in this locale.", None)]
    return [_BEFORE, *part, _AFTER]


def _has_bare_range(part: list[Token]) -> bool:
    """Whether a range stands outside every function's brackets: the engine cannot test it cell by cell."""
    depth = 0
    for at, (kind, text, _) in enumerate(part):
        called = at > 0 and part[at - 1][0] == "name"
        if kind == "open" and (depth or called):
            depth += 1
        elif kind == "close" and depth:
            depth -= 1
        elif kind == "range" and ":" in text and not depth:
            return True
    return False
