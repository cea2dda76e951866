"""A release that is not there yet: the templates with a layout after the present one, made of data alone.

What it brings: a tab «Визиты» for people, after «Сделки»; in «Сделки» a column «Товар» in the middle of the
declaration and a column «Скидка согласована» that only the head ticks; a guide for «Уволен» in «Сотрудники»; in
«Отсутствия», which the head fills, a column «Согласовано» for the owner; a note; one more word in a dropdown. In
the payroll book a tab «Премии» with a column that only the owner ticks.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from templates.loading import newest_layout

PRESENT = newest_layout("b2b")
NEXT = PRESENT + 1

_TAB = f"""
[[tab]]
key = "visits"
since = {NEXT}
kind = "input"
editors = "head"
color = "#2b5c8a"
row_count = 300
columns = [
    {{ key = "on", kind = "date", required = true }},
    {{ key = "code", kind = "employee", required = true }},
    {{ key = "count", kind = "integer" }},
    {{ key = "approved", kind = "checkbox", editors = "owner" }},
]
"""
_PAY_TAB = f"""
[[tab]]
key = "bonuses"
since = {NEXT}
kind = "input"
editors = "head"
row_count = 300
columns = [
    {{ key = "code", kind = "employee", required = true }},
    {{ key = "amount_tiyn", kind = "money" }},
    {{ key = "approved", kind = "checkbox", editors = "owner" }},
]
"""
_NAMES = """
[tab]
bonuses = { ru = "Премии", kk = "Сыйақылар", en = "Bonuses" }
visits = { ru = "Визиты", kk = "Келушілер", en = "Visits" }

[header.visits]
on = { ru = "Дата", kk = "Күні", en = "Date" }
code = { ru = "Менеджер", kk = "Менеджер", en = "Manager" }
count = { ru = "Встреч", kk = "Кездесу", en = "Meetings" }
approved = { ru = "Утверждено", kk = "Бекітілді", en = "Approved" }

[header.bonuses]
code = { ru = "Код", kk = "Код", en = "Code" }
amount_tiyn = { ru = "Сумма, ₸", kk = "Сома, ₸", en = "Amount, ₸" }
approved = { ru = "Утверждено", kk = "Бекітілді", en = "Approved" }

[header.deals]
product = { ru = "Товар", kk = "Тауар", en = "Product" }
discounted = { ru = "Скидка согласована", kk = "Жеңілдік келісілді", en = "Discount agreed" }

[note.deals]
product = { ru = "Что продали.", kk = "Не сатылды.", en = "What was sold." }

[header.absences]
agreed = { ru = "Согласовано", kk = "Келісілді", en = "Agreed" }

[choice.group]
later = { ru = "на потом", kk = "кейінге", en = "for later" }
"""


def next_templates(folder: Path) -> Path:
    """Write the templates of the release after the present one into a folder, and give it."""
    shutil.copytree(Path("templates"), folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (folder / "texts" / "names.next.toml").write_text(_NAMES, encoding="utf-8")
    file = folder / "b2b" / "workbook.toml"
    text = file.read_text(encoding="utf-8")
    source = next(line for line in text.splitlines() if 'key = "source"' in line)
    text = _with(text, source, f'\n    {{ key = "product", kind = "text", since = {NEXT} }},')
    cost = next(line for line in text.splitlines() if 'key = "cost_tiyn"' in line)
    ticked = f'\n    {{ key = "discounted", kind = "checkbox", since = {NEXT}, editors = "head" }},'
    text = _with(text, cost, ticked)
    text = _with(text, 'key = "left_on", ', f"was = [{{ until = {PRESENT}, guarded = false }}], ")
    last = next(line for line in text.splitlines() if 'key = "to_on"' in line)
    agreed = f'\n    {{ key = "agreed", kind = "checkbox", since = {NEXT}, editors = "owner" }},'
    text = _with(text, last, agreed)
    before_discipline = text.index('[[tab]]\nkey = "discipline"')
    text = text[:before_discipline] + _TAB.lstrip() + "\n" + text[before_discipline:]
    file.write_text(text, encoding="utf-8")
    payroll = folder / "b2b" / "payroll.toml"
    payroll.write_text(payroll.read_text(encoding="utf-8") + _PAY_TAB, encoding="utf-8")
    return folder


def _with(text: str, after: str, more: str) -> str:
    assert text.count(after) == 1, after
    return text.replace(after, after + more, 1)
