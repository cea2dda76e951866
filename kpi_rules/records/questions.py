"""Questions about registered leads as plain JSON values: an optional part of a month's inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kpi_rules.questions import Question, QuestionKind
from kpi_rules.records.forms import RecordKind

QUESTION = RecordKind("question about a row")


def questions_record(questions: Iterable[Question]) -> list[dict[str, Any]]:
    """Write questions in the order of their keys; sheet rows are left out."""
    return [
        QUESTION.stamped(
            {
                "key": question.key,
                "kinds": [kind.value for kind in question.kinds],
                "registered": dict(question.registered),
                "present": dict(question.present),
            }
        )
        for question in sorted(questions, key=lambda question: question.key)
    ]


def questions_from_record(record: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """Read what `questions_record` wrote. Raises NewerFormError where a newer program did."""
    questions = []
    for each in map(QUESTION.read, record):
        QUESTION.refuse_unknown(each["kinds"], list(QuestionKind))
        kinds = tuple(map(QuestionKind, each["kinds"]))
        questions.append(Question(each["key"], kinds, each["registered"], each["present"]))
    return tuple(questions)
