"""The signs of a formula: what Google's syntax knows in the file's locale, cut into tokens."""

import re

Token = tuple[str, str, str | None]  # kind, text, the tab before a range
MAX_TOKENS = 2_000  # far above what people write; the engine's recursion stays within any thread's stack
MAX_DEPTH = 100

_REFERENCE = r"""\$?[A-Za-z]{1,3}\$?\d{1,8} : \$?[A-Za-z]{1,3}\$?\d{1,8} | \$?[A-Za-z]{1,3}\$?\d{1,8} : \$?[A-Za-z]{1,3}
    | \$?[A-Za-z]{1,3} : \$?[A-Za-z]{1,3}\$?\d{1,8} | \$?[A-Za-z]{1,3} : \$?[A-Za-z]{1,3} | \$?\d{1,8} : \$?\d{1,8}
    | \$?[A-Za-z]{1,3}\$?\d{1,8}"""


def _lexer(decimal: str) -> re.Pattern[str]:
    return re.compile(
        rf"""(?P<string>"(?:[^"]|"")*") | (?P<error>\#(?:N/A|DIV/0!|REF!|VALUE!|NAME\?|NUM!|NULL!|ERROR!))
          | (?:(?P<sheet>'(?:[^']|'')+'|[^\W\d][\w.]*)!)? (?P<range>{_REFERENCE}) (?![\w(.!])
          | (?P<foreign>(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)
          | (?P<number>(?:\d+(?:{decimal}\d*)?|{decimal}\d+)(?:[eE][+-]?\d+)?)
          | (?P<name>[^\W\d][\w.]*) | (?P<operator><=|>=|<>|[-+*/^&=<>%@]) | (?P<open>[({{]) | (?P<close>[)}}])
          | (?P<mark>[;,\\]) | (?P<space>\s+)""",
        re.VERBOSE,
    )


_LEXERS = {True: _lexer(","), False: _lexer(r"\.")}
_OPERANDS = frozenset({"string", "error", "range", "number", "name", "literal"})


class FormulaError(Exception):
    """A formula that comes to an error before it is evaluated; `kind` is Google's ErrorType."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def checked_tokens(formula: str, *, decimal_comma: bool, max_depth: int = MAX_DEPTH) -> list[Token]:
    """The (kind, text, tab) of each token of a formula; its brackets match.

    Raises:
        FormulaError: it does not parse, or its brackets lie deeper than `max_depth`.
    """
    tokens = _tokens(formula[1:], _LEXERS[decimal_comma])
    _check_brackets(tokens, max_depth)
    return tokens


def _tokens(body: str, lexer: re.Pattern[str]) -> list[Token]:
    tokens: list[Token] = []
    at = 0
    while at < len(body):
        match = lexer.match(body, at)
        if match is None or len(tokens) > MAX_TOKENS:
            raise FormulaError("ERROR", "Formula parse error.")
        at = match.end()
        kind = match.lastgroup or "space"
        if kind == "space":
            continue
        if kind in _OPERANDS and tokens and tokens[-1][0] in _OPERANDS:  # Google has no operator ' '
            raise FormulaError("ERROR", "Formula parse error.")
        tokens.append((kind, match[kind], match["sheet"]))
    return tokens


def _check_brackets(tokens: list[Token], max_depth: int) -> None:
    open_ones: list[str] = []
    for kind, text, _ in tokens:
        if kind == "open":
            open_ones.append(text)
        elif kind == "close" and (not open_ones or open_ones.pop() + text not in {"()", "{}"}):
            raise FormulaError("ERROR", "Formula parse error.")
        if len(open_ones) > max_depth or (kind == "mark" and not open_ones):
            raise FormulaError("ERROR", "Formula parse error.")
    if open_ones or not tokens:
        raise FormulaError("ERROR", "Formula parse error.")
