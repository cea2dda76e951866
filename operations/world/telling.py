"""Errors as people are told of them: one clear sentence and what to do, whichever room they come from."""

from __future__ import annotations

from dataclasses import dataclass

from ledger import (
    ClientExistsError,
    LeaseHeld,
    LeaseLost,
    LedgerError,
    LedgerUnavailableError,
    SchemaError,
    SealKeyError,
    UnknownClientError,
)
from sheets_sync.errors import TabloError


@dataclass(frozen=True)
class Told:
    """What happened and what to do about it."""

    what: str
    remedy: str


def told(error: TabloError | LedgerError) -> Told:
    """Put a known error into words for people."""
    if isinstance(error, TabloError):
        return Told(error.what, error.remedy)
    if isinstance(error, UnknownClientError):
        return Told(f"Клиента «{error.slug}» нет.", "Посмотрите имена: «kpi client list».")
    if isinstance(error, ClientExistsError):
        return Told(f"Клиент «{error.slug}» уже есть.", "Выберите другое короткое имя.")
    if isinstance(error, LeaseHeld):
        return Told(
            f"Этот месяц сейчас закрывает другой процесс ({error.holder.split(' ')[0].split('/')[0]}).",
            f"Подождите до {error.until_at.astimezone():%H:%M} и повторите.",
        )
    for kind, (what, remedy) in _SENTENCES.items():
        if isinstance(error, kind):
            return Told(what, remedy)
    return Told(f"Журнал отказал: {error}.", "Повторите с «kpi --debug …», если неясно почему.")


_SENTENCES: dict[type[LedgerError], tuple[str, str]] = {
    LeaseLost: ("Закрытие перехватил другой процесс; этот остановлен.", "Посмотрите «kpi month status»."),
    LedgerUnavailableError: ("Журнал занят или недоступен.", "Повторите через минуту."),
    SchemaError: (
        "Журнал записан другой версией программы или это не журнал.",
        "Обновите программу или проверьте KPI_HOME и KPI_LEDGER_URL.",
    ),
    SealKeyError: (
        "Ключ печатей не читается, неверен или открыт другим.",
        "Восстановите его из копии; права на файл — 0600 (KPI_SEAL_KEY или seal-key.pem).",
    ),
}
