"""Pages of `docs/` that are made from the data: `python -m templates.documenting` writes them."""

from __future__ import annotations

from pathlib import Path

from templates.loading import texts

_HEAD = """# Every problem that people are told of

Made from the texts by `make docs`; a test keeps it true. A problem stands on the tab «{tab}» with its cell, and in
`kpi sync` and `kpi score`. Words in braces are filled in. Blocking problems keep a month from closing.
"""


def problem_page(language: str = "ru") -> str:
    """Lay out all problems of a language as Markdown: code, what is wrong, what to do."""
    phrases = texts(language).phrases
    codes = sorted({key.split(".")[1] for key in phrases if key.startswith("problem.")})
    rows = [
        f"| `{code}` | {_cell(phrases[f'problem.{code}.what'])} | {_cell(phrases[f'problem.{code}.fix'])} |"
        for code in codes
    ]
    return "\n".join(
        [
            _HEAD.format(tab=phrases["tab.problems"]),
            "| code | what is wrong | what to do |",
            "| --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    Path("docs/problems.md").write_text(problem_page(), encoding="utf-8")
