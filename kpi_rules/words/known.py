"""What is known while data are missing, in words: points and range of a score, sums without what they miss.

The words are texts («explain.…»), for every page, table and letter the same (behaviour §5).
"""

from __future__ import annotations

from fractions import Fraction

from kpi_rules.cards.results import EmployeeResult, Known
from kpi_rules.cards.scoring import rounded_score
from kpi_rules.measures.facts import Fact, Partial
from kpi_rules.words.numbers import fact_text, number_text, percent_text, plural_form_of
from kpi_rules.words.texts import Texts, plural

POINT_PLACES = 1
"""So many decimals points and weights are shown with at most."""


def known_sentence(employee: EmployeeResult, known: Known, texts: Texts) -> str:
    """Say how many points are known out of how many, between what the score lies, and the band where it is certain."""
    low, high = score_ends(known, texts)
    said = texts(
        "explain.known",
        points=number_text(known.points, texts.language, POINT_PLACES),
        weight=_of_number(known.weight_percent, "explain.of_points", texts),
        unknown=_of_number(100 - known.weight_percent, "explain.unknown_points", texts),
        low=low,
        high=high,
    )
    if employee.band is None:
        return f"{said} {texts('explain.band_unknown')}"
    share = percent_text(employee.band.coefficient, texts.language)
    return f"{said} {texts('explain.band_certain', band=band_name(employee.band.id, texts), share=share)}"


def score_ends(known: Known, texts: Texts) -> tuple[str, str]:
    """Write both ends of a score's range, each rounded as a score is: «20 %», «100 %»."""
    low, high = (Fraction(rounded_score(end), 100) for end in (known.low, known.high))
    return percent_text(low, texts.language), percent_text(high, texts.language)


def score_range(known: Known, texts: Texts) -> str:
    """Write the range of a score where a score would stand: «20–100 %»."""
    low = number_text(Fraction(rounded_score(known.low)), texts.language)
    return texts("tabs.scoreboard.score_range", low=low, high=score_ends(known, texts)[1])


def partial_text(fact: Fact | None, measure: str, texts: Texts) -> str | None:
    """Write a sum without what it misses: «10 122 000 ₸ без 3 непрочитанных строк»; None where it misses nothing."""
    partial = fact.partial if fact else None
    if partial is None:
        return None
    return texts(
        "explain.without",
        sum=fact_text(partial.value, measure, texts.language),
        what=without_text(partial, texts),
    )


def without_text(partial: Partial, texts: Texts) -> str:
    """Say what a sum misses: «3 непрочитанных строк»."""
    counts = {
        "rows": partial.unread_rows,
        "reports": partial.missing_reports,
        "people": partial.silent_people,
    }
    *first, last = (
        plural(texts, f"explain.without_what.{kind}", count) for kind, count in counts.items() if count
    )
    return texts("explain.without_what.both", first=", ".join(first), last=last) if first else last


def band_name(band_id: str, texts: Texts) -> str:
    """Name a band; one that a client made is called as the client calls it."""
    key = f"choice.band.{band_id}"
    return texts(key) if key in texts else band_id


def _of_number(value: Fraction, key: str, texts: Texts) -> str:
    """Give the phrase of a number with decimals in the form that the language wants: «33,33 балла»."""
    in_form = f"{key}.{plural_form_of(value, texts.language, POINT_PLACES)}"
    count = number_text(value, texts.language, POINT_PLACES)
    return texts(in_form if in_form in texts else f"{key}.other", count=count)
