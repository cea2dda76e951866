"""`kpi emulator faults`: bad days for the running emulator, set, shown and ended."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sheets_emulator.serving.faults import Faults

app = typer.Typer(
    no_args_is_help=True,
    help="Плохие дни по заказу: квоты, ошибки, обрывы, задержки. Действуют, пока эмулятор работает.",
)
_PATH = "/admin/faults"
_Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="ПАПКА", help="Папка данных работающего эмулятора."),
]


def _share(name: str, help_: str) -> Any:
    return typer.Option(name, metavar="ДОЛЯ", min=0, max=1, help=f"{help_}: доля запросов, 0–1.")


def _quota(name: str, help_: str) -> Any:
    return typer.Option(name, metavar="N", min=0, help=f"Квота в минуту на человека: {help_}.")


@app.command("set")
def set_plan(
    context: typer.Context,
    quota_reads: Annotated[int | None, _quota("--quota-reads", "чтения таблиц (у Google 60)")] = None,
    quota_writes: Annotated[int | None, _quota("--quota-writes", "записи в таблицы (у Google 60)")] = None,
    quota_drive: Annotated[int | None, _quota("--quota-drive", "запросы к Диску")] = None,
    quota_window: Annotated[
        str | None,
        typer.Option(
            "--quota-window",
            metavar="ВИД",
            help="Минута квоты: sliding — последние 60 с; fixed — от первого запроса, как у Google.",
        ),
    ] = None,
    quota_loose: Annotated[
        float | None,
        typer.Option(
            "--quota-loose",
            metavar="ДОЛЯ",
            min=0,
            max=10,
            help="Насколько окно fixed бывает щедрее квоты (у Google до 0.23).",
        ),
    ] = None,
    error_before: Annotated[float | None, _share("--error-before", "Ошибка 5xx, ничего не сделано")] = None,
    error_after: Annotated[float | None, _share("--error-after", "Ошибка 5xx, но всё сделано")] = None,
    cut_before: Annotated[float | None, _share("--cut-before", "Обрыв до ответа, ничего не сделано")] = None,
    cut_middle: Annotated[float | None, _share("--cut-middle", "Обрыв посреди ответа")] = None,
    cut_after: Annotated[float | None, _share("--cut-after", "Обрыв до ответа, но всё сделано")] = None,
    drip: Annotated[float | None, _share("--drip", "Ответ по капле")] = None,
    latency: Annotated[
        float | None,
        typer.Option("--latency", metavar="СЕК", min=0, max=600, help="Задержка каждого ответа, медиана."),
    ] = None,
    latency_sigma: Annotated[
        float | None,
        typer.Option("--latency-sigma", metavar="S", min=0, max=5, help="Разброс задержки; 0 — ровная."),
    ] = None,
    search_lag: Annotated[
        float | None,
        typer.Option("--search-lag", metavar="СЕК", min=0, help="Поиск Диска видит файлы с опозданием."),
    ] = None,
    clock_offset: Annotated[
        float | None,
        typer.Option("--clock-offset", metavar="СЕК", help="Сдвиг часов эмулятора, можно назад."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Зерно случая: с ним всё повторится.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--json", metavar="ФАЙЛ", help="План целиком (docs/emulator.md); ключи выше меняют его."
        ),
    ] = None,
    data: _Data = None,
) -> None:
    """Задать плохой день; прежний план уходит целиком."""
    options = {
        "errorBeforeFraction": error_before,
        "errorAfterFraction": error_after,
        "cutBeforeFraction": cut_before,
        "cutMiddleFraction": cut_middle,
        "cutAfterFraction": cut_after,
        "dripFraction": drip,
        "latencyMedianSeconds": latency,
        "latencySigma": latency_sigma,
        "searchLagSeconds": search_lag,
        "clockOffsetSeconds": clock_offset,
        "seed": seed,
    }
    quota = {
        "readsPerUser": quota_reads,
        "writesPerUser": quota_writes,
        "drivePerUser": quota_drive,
        "window": quota_window,
        "looseFraction": quota_loose,
    }
    plan = plan_of(file, _given(options), _given(quota))
    _call(data or context.obj, "POST", plan.model_dump(by_alias=True, mode="json"))
    _tell(plan)


@app.command("show")
def show(
    context: typer.Context,
    as_json: Annotated[
        bool, typer.Option("--json", help="План целиком, как его берёт «set --json».")
    ] = False,
    data: _Data = None,
) -> None:
    """Показать план в силе и что он уже натворил."""
    from cli.showing.output import console
    from sheets_emulator.serving.faults import Faults

    laid = _call(data or context.obj, "GET")
    if as_json:
        typer.echo(json.dumps(laid, ensure_ascii=False, indent=2))
        return
    _tell(Faults.model_validate(laid))
    decisions = _call(data or context.obj, "GET", path=f"{_PATH}/log")["decisions"]
    for kind, count in sorted(Counter(one["kind"] for one in decisions).items()):
        console.print(f"  было {kind}: {count}", highlight=False)


@app.command("clear")
def clear(context: typer.Context, data: _Data = None) -> None:
    """Кончить плохой день."""
    from cli.showing.output import console

    _call(data or context.obj, "DELETE")
    console.print("Плохой день окончен: эмулятор отвечает исправно.")


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def plan_of(
    file: Path | None, options: dict[str, Any] | None = None, quota: dict[str, Any] | None = None
) -> Faults:
    """Read the plan of a file and lay the options over it."""
    from pydantic import ValidationError

    from cli.refusals import refused
    from sheets_emulator.serving.faults import Faults

    try:
        base = json.loads(file.read_text(encoding="utf-8")) if file else {}
        laid = {**base, **(options or {}), "quota": {**base.get("quota", {}), **(quota or {})}}
        plan = Faults.model_validate(laid)
    except OSError as error:
        raise refused(f"Файл {file} не читается: {error.strerror}.", "Проверьте путь.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise refused(f"Плана таким не задать: {place}: {first['msg']}.", "Поправьте файл.") from None
    except (ValueError, TypeError, AttributeError):
        raise refused(f"В файле {file} не план: нужен объект JSON.", "Поправьте файл.") from None
    if plan == Faults():
        raise refused(
            "Не сказано, чем день плох.",
            "Назовите хоть одно: «kpi emulator faults set --help». Кончить плохой день: «… faults clear».",
        )
    return plan


def _tell(plan: Faults) -> None:
    """What of a plan differs from a good day, a line each."""
    from cli.showing.output import console
    from sheets_emulator.serving.faults import Faults

    changed = plan.model_dump(by_alias=True, mode="json", exclude_defaults=True)
    if plan == Faults():
        console.print("Плохого дня нет: эмулятор отвечает исправно.")
        return
    console.print("В силе:")
    for name, value in changed.items():
        shown = value if isinstance(value, (int, float)) else json.dumps(value, ensure_ascii=False)
        console.print(f"  {name} = {shown}", highlight=False, markup=False, soft_wrap=True)


def _call(data: Path | None, verb: str, body: Any = None, path: str = _PATH) -> Any:
    """One admin call to the emulator that serves this folder now."""
    from cli.emulator.folders import existing_folder
    from cli.refusals import refused
    from sheets_emulator.access.administering import NotServedError, ask_running

    folder = existing_folder(data)
    try:
        status, answer = ask_running(folder, verb, path, body)
    except NotServedError:
        raise refused(
            f"Эмулятор папки {folder} сейчас не работает.", "Запустите «kpi emulator» в другом окне."
        ) from None
    if status >= 400:
        raise refused(f"Эмулятор плана не взял: {answer['error']['message']}", "Поправьте план.")
    return answer
