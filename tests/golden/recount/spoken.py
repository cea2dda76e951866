"""Sentences read back: what each blank of a phrase says, and the number that stands there, in each language."""

import re
import string
from fractions import Fraction

from templates.loading import texts

GAP = "\N{NO-BREAK SPACE}"
NUMBERS = {
    "ru": re.compile(rf"(?P<minus>−?)(?P<whole>\d{{1,3}}(?:{GAP}\d{{3}})*)(?:,(?P<decimals>\d+))?"),
    "kk": re.compile(rf"(?P<minus>−?)(?P<whole>\d{{1,3}}(?:{GAP}\d{{3}})*)(?:,(?P<decimals>\d+))?"),
    "en": re.compile(r"(?P<minus>−?)(?P<whole>\d{1,3}(?:,\d{3})*)(?:\.(?P<decimals>\d+))?"),
}
PERCENT = {"ru": f"{GAP}%", "kk": "%", "en": "%"}


def number(text, language):
    """The number of a blank, exactly as it stands: «4 200 000 ₸» → 4200000, «93,3 %» → 93.3."""
    bare = text.removesuffix(f"{GAP}₸").removesuffix(PERCENT[language])
    found = NUMBERS[language].fullmatch(bare)
    assert found, f"no number of {language}: {text!r}"
    digits = re.sub(r"\D", "", found["whole"]) + (found["decimals"] or "")
    value = Fraction(int(digits), 10 ** len(found["decimals"] or ""))
    return -value if found["minus"] else value


def deals(text, language):
    """The number of «3 сделки»; the word has to be the form that the number asks for."""
    count, _, word = text.rpartition(" ")
    said = int(number(count.replace(" ", GAP), language))
    assert word == noun(said, language), text
    return said


def noun(count, language):
    """The word after a number, by the grammar of the language and not by CLDR."""
    if language == "kk":
        return "мәміле"
    if language == "en":
        return "deal" if count == 1 else "deals"
    if count % 100 not in {11, 12, 13, 14}:
        if count % 10 == 1:
            return "сделка"
        if count % 10 in {2, 3, 4}:
            return "сделки"
    return "сделок"


def form(value, language):
    """The form of a phrase for a number, by the grammar: «из 21 балла», «из 22 баллов», «из 33,33 балла»."""
    if language != "ru":
        return "one" if value == 1 and language in {"en", "kk"} else "other"
    if value.denominator != 1:
        return "other"
    word = noun(int(value), language)
    return {"сделка": "one", "сделки": "few", "сделок": "many"}[word]


def pattern(keys, language):
    """The pattern of some phrases after one another; a blank that comes twice says the same twice."""
    phrases, names, parts = texts(language).phrases, set(), []
    for position, key in enumerate(keys):
        parts.append(r"\ " if position else "")
        for literal, name, _form, _conversion in string.Formatter().parse(phrases[key]):
            parts.append(re.escape(literal))
            if name:
                group = f"{name}__{position}"
                parts.append(f"(?P={group})" if group in names else f"(?P<{group}>.+?)")
                names.add(group)
    return re.compile("".join(parts))


def read(sentence, keys, language):
    """What the blanks of these phrases say in a sentence that is made of them and of nothing else."""
    found = pattern(keys, language).fullmatch(sentence)
    assert found, f"{sentence!r} is not made of {keys}"
    said = {}
    for group, text in found.groupdict().items():
        name = group.rpartition("__")[0]
        name = "next_band" if name == "band" and "band" in said else name
        assert said.setdefault(name, text) == text, f"{name} is told in two ways: {sentence}"
    return said
