r"""Drive's search language: the `q` of files.list, parsed once into a test of files.

    term      := "(" query ")" | "not" term | flag | field operator value | value "in" field | field "in" value
               | ("appProperties" | "properties") "has" "{" "key" "=" text "and" "value" "=" text "}"
    query     := term (("and" | "or") term)*          -- `and` binds more tightly than `or`

A flag alone (`sharedWithMe`) is `flag = true`; 'me' is the caller among owners, writers and readers. Text stands in single or double quotes; `\'` and `\\` stand for themselves. Which operator a field knows, and that
`name contains` matches the beginnings of words, is said in the guide 'Search query terms and operators'.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NoReturn

from sheets_emulator.store.records import mark

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|(?P<word>[A-Za-z][A-Za-z.]*)"""
    r"""|(?P<sign><=|>=|!=|=|<|>|[(){}]))""",
    re.DOTALL,
)
_WORDS = re.compile(r"\w+")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_TIMES = {"modifiedTime": "modified_at", "createdTime": "created_at", "viewedByMeTime": "viewed_by_me_at"}
_MEMBERS = ("parents", "owners", "writers", "readers")
_FLAGS = {"trashed": "trashed", "starred": "starred", "sharedWithMe": "shared_with_me"}
_DRIVE_FLAGS = {"hidden": "hidden"}
_DRIVE_FIELDS = ("name", "createdTime")


class QueryError(ValueError):
    """The text is no query; Google answers 400 `Invalid Value` at `q`."""


@dataclass(frozen=True)
class Searched:
    """What a search looks at in one file or shared drive. Addresses are in lower case, moments aware UTC."""

    name: str
    mime_type: str
    modified_at: datetime
    created_at: datetime
    viewed_by_me_at: datetime | None = None
    text: str = ""
    hidden: bool = False
    trashed: bool = False
    starred: bool = False
    shared_with_me: bool = False
    visibility: str = "limited"
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    properties: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


Trait = tuple[str, str]


@dataclass(frozen=True)
class Test:
    """What a query asks of a file, and the traits (`FileRecord.traits`) that no file is without that passes it."""

    passes: Callable[[Searched], bool]
    traits: frozenset[Trait] = frozenset()

    def __call__(self, file: Searched) -> bool:
        """Whether the file is one that the query means."""
        return self.passes(file)


def parse(text: str, me: str = "", *, drives: bool = False) -> Test:
    """The test that a query stands for; a blank query is true of every file.

    `me` is the caller's address; `drives` takes the terms of drives.list in place of those of files.list.

    Raises:
        QueryError: unknown field, operator or form.
    """
    tokens = _tokens(text)
    if not tokens:
        return Test(lambda _: True)
    parser = _Parser(tokens, me, drives=drives)
    test = parser.either()
    if parser.at < len(tokens):
        _refuse(text)
    return test


class _Parser:
    """Recursive descent over (kind, token) pairs."""

    def __init__(self, tokens: list[tuple[str, str]], me: str, *, drives: bool) -> None:
        self.tokens, self.me, self.drives = tokens, me, drives
        self.flags = _DRIVE_FLAGS if drives else _FLAGS
        self.at = 0

    def either(self, depth: int = 0) -> Test:
        tests = [self.both(depth)]
        while self._skip("or"):
            tests.append(self.both(depth))
        shared = frozenset.intersection(*(test.traits for test in tests))
        return tests[0] if len(tests) == 1 else Test(lambda file: any(test(file) for test in tests), shared)

    def both(self, depth: int) -> Test:
        tests = [self.term(depth)]
        while self._skip("and"):
            tests.append(self.term(depth))
        every = frozenset.union(*(test.traits for test in tests))
        return tests[0] if len(tests) == 1 else Test(lambda file: all(test(file) for test in tests), every)

    def term(self, depth: int) -> Test:
        if depth > 50:  # deeper than anybody writes; a hostile query must not exhaust the stack
            _refuse("nested too deeply")
        if self._skip("("):
            test = self.either(depth + 1)
            self._need(")")
            return test
        if self._skip("not"):
            inner = self.term(depth + 1)
            return Test(lambda file: not inner(file))
        return self._comparing()

    def _comparing(self) -> Test:
        """A term without another query in it."""
        kind, token = self._next()
        if kind == "text":
            self._need("in")
            return self._membership(_plain(token), self._word())
        if kind != "word":
            _refuse(token)
        if token in self.flags:
            return self._flag(self.flags[token])
        if self.drives and token not in _DRIVE_FIELDS:
            _refuse(token)
        if token in ("appProperties", "properties"):
            return self._has(token)
        if token in _MEMBERS:
            self._need("in")
            return self._membership(self._text(), token)
        sign, (kind, written) = self._operator(), self._next()
        passes = _comparison(token, sign, kind, written)
        named = token == "name" and sign == "="  # noqa: S105  # a keyword
        return Test(passes, frozenset({("name", _plain(written).casefold())}) if named else frozenset())

    def _has(self, which: str) -> Test:
        for word in ("has", "{", "key", "="):
            self._need(word)
        key = self._text()
        for word in ("and", "value", "="):
            self._need(word)
        value = self._text()
        self._need("}")
        trait = ("property", mark(key, value))
        if which == "appProperties":
            trait = ("appProperty", mark(self.me.lower(), key, value))
        return Test(lambda file: file.properties.get(which, {}).get(key) == value, frozenset({trait}))

    def _flag(self, attribute: str) -> Test:
        wanted = True
        if self.at < len(self.tokens) and self.tokens[self.at] in (("sign", "="), ("sign", "!=")):
            same = self._next()[1] == "="
            kind, token = self._next()
            if kind != "word" or token.lower() not in ("true", "false"):
                _refuse(token)
            wanted = (token.lower() == "true") is same
        return Test(lambda file: bool(getattr(file, attribute)) is wanted)

    def _membership(self, value: str, name: str) -> Test:
        if name not in _MEMBERS or self.drives:
            _refuse(name)
        wanted = value if name == "parents" else (self.me if value == "me" else value).lower()
        kind = {"parents": "parent", "owners": "owner"}.get(name)
        traits = frozenset({(kind, wanted)}) if kind is not None else frozenset()
        return Test(lambda file: wanted in file.members.get(name, frozenset()), traits)

    def _operator(self) -> str:
        kind, token = self._next()
        if (token not in _COMPARE and token != "contains") or kind == "text":  # noqa: S105  # a keyword
            _refuse(token)
        return token

    def _skip(self, token: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] != ("text", token):
            next_token = self.tokens[self.at][1]
            if next_token == token or (token.isalpha() and next_token.lower() == token):
                self.at += 1
                return True
        return False

    def _need(self, token: str) -> None:
        if not self._skip(token):
            _refuse(token)

    def _next(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            _refuse("unexpected end")
        self.at += 1
        return self.tokens[self.at - 1]

    def _text(self) -> str:
        kind, token = self._next()
        return _plain(token) if kind == "text" else _refuse(token)

    def _word(self) -> str:
        kind, token = self._next()
        return token if kind == "word" else _refuse(token)


def _comparison(name: str, sign: str, kind: str, token: str) -> Callable[[Searched], bool]:  # noqa: PLR0911  # one return a field
    if kind != "text":
        _refuse(token)
    value = _plain(token)
    if name == "name":
        if sign == "contains":
            return lambda file: _words_begin(file.name, value)
        if sign in ("=", "!="):
            same = value.casefold()
            return lambda file: (file.name.casefold() == same) is (sign == "=")
    elif name == "fullText" and sign == "contains":
        return lambda file: _full_text(f"{file.name}\n{file.text}", value)
    elif name == "mimeType":
        if sign == "contains":
            return lambda file: file.mime_type.startswith(value)
        if sign in ("=", "!="):
            return lambda file: (file.mime_type == value) is (sign == "=")
    elif name in _TIMES and sign in _COMPARE:
        moment, attribute, compare = _moment(value), _TIMES[name], _COMPARE[sign]
        return lambda file: (at := getattr(file, attribute)) is not None and compare(at, moment)
    elif name == "visibility" and sign in ("=", "!="):
        return lambda file: (file.visibility == value) is (sign == "=")
    elif name == "shortcutDetails.targetId" and sign in ("=", "!="):
        return lambda _: sign == "!="  # there are no shortcuts
    return _refuse(f"{name} {sign}")


def _moment(text: str) -> datetime:
    """RFC 3339; a moment without an offset is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise QueryError(text) from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _words_begin(name: str, wanted: str) -> bool:
    """Whether `wanted` stands at the beginning of a word: 'HelloWorld' has 'Hello', not 'World'."""
    folded, start = wanted.casefold(), 0
    name = name.casefold()
    while folded and (at := name.find(folded, start)) >= 0:
        if at == 0 or not (name[at - 1].isalnum() and folded[0].isalnum()):
            return True
        start = at + 1
    return not folded


def _full_text(text: str, wanted: str) -> bool:
    """All words somewhere in the text; a phrase in double quotes word for word."""
    words = _WORDS.findall(text.casefold())
    if len(wanted) > 1 and wanted[0] == wanted[-1] == '"':
        phrase = _WORDS.findall(wanted.casefold())
        return any(words[i : i + len(phrase)] == phrase for i in range(len(words) - len(phrase) + 1))
    return set(_WORDS.findall(wanted.casefold())) <= set(words)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            _refuse(text[at:])
        tokens.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return tokens


def _plain(quoted: str) -> str:
    return re.sub(r"\\(.)", r"\1", quoted[1:-1], flags=re.DOTALL)


def _refuse(what: str) -> NoReturn:
    raise QueryError(what)
