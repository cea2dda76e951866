"""A deploy makes the files, tabs, protections and permissions of behaviour §3, once, however often it is cut off."""

import pytest
from google.auth.exceptions import RefreshError

from kpi_rules.errors import RefusedError, TabloError
from operations.clients.deploy import deploy_client
from operations.clients.sharing import share_client
from operations.world.local import SYSTEM_EMAIL, WORKER_EMAIL
from sheets_emulator.serving.faults import Strike
from sheets_sync.google.gateway import Gateway
from sheets_sync.ports import Sought
from tests.contract.client_life import (
    ACCOUNTANT,
    DEPLOYED_AT,
    HEAD,
    MANAGERS,
    OWNER,
    SLUG,
    STRANGER,
    copy_of,
    new_client,
)
from tests.telling import remedy_of, tells, what_of

SYSTEM = {SYSTEM_EMAIL, WORKER_EMAIL}
CALLS = 49
"""How many calls a deploy makes; a test below says when this is no longer true."""

WORKBOOK_TABS = [
    "Табло", "Разбор", "Воронка", "Чек-лист РОПа", "Ошибки", "Сделки", "Дисциплина", "Сотрудники", "План",
    "Отсутствия", "Возражения", "Правила", "Настройки", "Инструкция",
]  # fmt: skip
PAYROLL_TABS = ["Месяцы", "Решения", "Оклады", "Корректировки"]
HEADERS = {
    "Сотрудники": "Код · ФИО · E-mail · Роль · Принят · Уволен · График",
    "План": "Месяц · Код · План выручки, ₸ · Конверсия, % · Средний чек, ₸ · Лиды · Норма ответа, мин · Повторные, % · Маржа, %",
    "Сделки": "№ · Поступил · Менеджер · Клиент · Источник · Первый ответ · Статус · Сумма, ₸ · Себестоимость, ₸ · Оплачено · Повторный · Причина отказа · Комментарий",
    "Дисциплина": "Дата · Менеджер · CRM заполнена · Статусы актуальны · Комментарии · Скрипт · Присутствие · Отчёт сдан · Планёрка",
    "Отсутствия": "Менеджер · С · По",
    "Возражения": "№ · Месяц · Менеджер · Что не так · Ответ РОПа · Решено",
    "Настройки": "Настройка · Значение",
    "Месяцы": "Месяц · План утверждён · Закрыть",
    "Решения": "Месяц · Код · KPI или строка · Решение · Основание · Утверждено",
    "Оклады": "Код · Действует с · Оклад, ₸ · Переменная часть при 100 %, ₸ · Утверждено",
    "Корректировки": "№ · За месяц · Код · Сумма, ₸ · Основание · Утверждено",
}  # fmt: skip

OUTPUTS = ("Табло", "Разбор", "Воронка", "Чек-лист РОПа", "Ошибки", "Инструкция")
OF_HEAD = ("Дисциплина", "Сотрудники", "План", "Отсутствия", "Правила", "Настройки")
WORKBOOK_GUARDS = {
    **{(tab, None): SYSTEM for tab in OUTPUTS},
    **{(tab, None): SYSTEM | {HEAD} for tab in OF_HEAD},
    ("Возражения", 4): SYSTEM | {HEAD},
    ("Возражения", 5): SYSTEM | {HEAD},
}
"""(tab, column or None for the whole tab) → who may edit; «Сделки» and the rest of «Возражения» are open."""
PAYROLL_GUARDS = {
    **{(tab, None): SYSTEM | {HEAD} for tab in PAYROLL_TABS},
    ("Решения", 5): SYSTEM | {OWNER},
    ("Оклады", 4): SYSTEM | {OWNER},
    ("Корректировки", 5): SYSTEM | {OWNER},
}

READERS = {
    HEAD: "reader",
    ACCOUNTANT: "reader",
    OWNER: "reader",
    WORKER_EMAIL: "writer",
    SYSTEM_EMAIL: "owner",
}
PERMISSIONS = {
    "workbook": dict.fromkeys((*MANAGERS, HEAD, WORKER_EMAIL), "writer") | {OWNER: "reader", SYSTEM_EMAIL: "owner"},
    "payroll": dict.fromkeys((HEAD, OWNER, WORKER_EMAIL), "writer") | {ACCOUNTANT: "reader", SYSTEM_EMAIL: "owner"},
    "archive": READERS | dict.fromkeys(MANAGERS, "reader"),
    "records": READERS,
    "home": {SYSTEM_EMAIL: "owner"},
}  # fmt: skip


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """A deployed client that the tests of this module only read."""
    with copy_of("deployed", tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("deployed")) as life:
        yield life


@pytest.fixture
def life(empty):
    """Accounts on an emulator, no client yet."""
    return empty


def ids(life, slug=SLUG):
    client = life.services.ledger.client(slug)
    [home] = life.services.creator.drive.file(client.workbook_id).parents
    return {
        "workbook": client.workbook_id,
        "payroll": client.payroll_id,
        "archive": client.folder_id,
        "records": client.records_folder_id,
        "home": home,
    }


def guards(life, file_id):
    """(tab, column or None) → e-mails of the editors, and what of a guarded tab is left open."""
    found, opened = {}, {}
    for sheet in life.sheets(file_id, "properties(title),protectedRanges"):
        title = sheet["properties"]["title"]
        for protected in sheet.get("protectedRanges", []):
            assert not protected.get("warningOnly")
            assert not protected["editors"].get("domainUsersCanEdit")
            column = protected["range"].get("startColumnIndex")
            found[title, column] = {email.lower() for email in protected["editors"]["users"]}
            for left in protected.get("unprotectedRanges", []):
                opened.setdefault(title, set()).add(left["startColumnIndex"])
    return found, opened


def test_the_files_lie_in_one_folder_and_have_their_names(deployed):
    drive = deployed.services.creator.drive
    files = {part: drive.file(file_id) for part, file_id in ids(deployed).items()}
    assert files["workbook"].name == "KPI продаж — Береке"
    assert files["payroll"].name == "Ведомость — Береке"
    assert {part: file.parents for part, file in files.items() if part != "home"} == dict.fromkeys(
        ("workbook", "payroll", "archive", "records"), (files["home"].id,)
    )


@pytest.mark.parametrize("part", list(PERMISSIONS))
def test_each_file_is_open_to_the_named_and_nobody_else(deployed, part):
    found = deployed.services.creator.drive.permissions(ids(deployed)[part])
    assert {item["emailAddress"]: item["role"] for item in found} == PERMISSIONS[part]
    assert {item["type"] for item in found} == {"user"}


@pytest.mark.parametrize("part", ["workbook", "payroll", "archive", "records"])
def test_editors_cannot_share_on_and_only_the_archive_forbids_copies(deployed, part):
    file = deployed.services.creator.drive.file(ids(deployed)[part])
    assert file.writers_can_share is False
    assert file.copy_requires_writer is (part == "archive")


def test_the_books_have_their_tabs_headers_language_and_time_zone(deployed):
    for part, tabs in (("workbook", WORKBOOK_TABS), ("payroll", PAYROLL_TABS)):
        file_id = ids(deployed)[part]
        sheets = deployed.sheets(file_id)
        assert [sheet["properties"]["title"] for sheet in sheets] == tabs
        assert not any(sheet["properties"].get("hidden") for sheet in sheets)
        properties = deployed.services.creator.gateway.describe(file_id, "properties")["properties"]
        assert (properties["locale"], properties["timeZone"]) == ("ru_RU", "Asia/Almaty")
        for tab in set(tabs) & set(HEADERS):
            assert " · ".join(deployed.cells(file_id, tab)[0]) == HEADERS[tab]


def test_the_rules_of_the_template_stand_in_the_workbook_and_weigh_a_hundred_each_role(deployed):
    rows = deployed.cells(ids(deployed)["workbook"], "Правила")[1:]
    weights = {}
    for row in rows:
        weights.setdefault(row[1], []).append((row[2], row[6]))
    assert weights["менеджер"] == [
        ("выполнение плана продаж", 0.4),
        ("конверсия в сделку", 0.2),
        ("средний чек", 0.2),
        ("дисциплина и CRM", 0.2),
    ]
    assert sum(weight for _, weight in weights["РОП"]) == pytest.approx(1)


@pytest.mark.parametrize(("part", "expected"), [("workbook", WORKBOOK_GUARDS), ("payroll", PAYROLL_GUARDS)])
def test_each_tab_and_approval_column_is_guarded_for_its_editors(deployed, part, expected):
    found, opened = guards(deployed, ids(deployed)[part])
    assert found == expected
    assert opened == {
        tab: {column for other, column in expected if other == tab and column is not None}
        for tab, column in expected
        if column is not None and (tab, None) in expected
    }


def test_the_client_is_known_with_everything(deployed):
    client = deployed.client
    assert (client.name, client.template, client.language) == ("Береке", "b2b", "ru")
    assert (client.head_email, client.owner_email, client.accountant_email) == (HEAD, OWNER, ACCOUNTANT)
    assert client.managers == MANAGERS
    assert client.created_at == DEPLOYED_AT
    assert client.extra == {"shadow": False, "head_is_owner": False}


def test_a_head_who_is_the_owner_is_told_of_and_recorded(life):
    deployed = deploy_client(new_client(owner_email=HEAD.upper()), DEPLOYED_AT, life.services)
    assert len(deployed.remarks) == 1
    assert HEAD in deployed.remarks[0]
    assert deployed.client.extra["head_is_owner"] is True
    found, _ = guards(life, deployed.client.payroll_id)
    assert found["Корректировки", 5] == SYSTEM | {HEAD}
    payroll = life.services.creator.drive.permissions(deployed.client.payroll_id)
    assert {item["emailAddress"]: item["role"] for item in payroll}[HEAD] == "writer"


def test_a_deploy_without_such_a_person_says_nothing(life):
    assert deploy_client(new_client(), DEPLOYED_AT, life.services).remarks == ()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"slug": "Берeке"}, "Берeке"),
        ({"slug": "two words"}, "two words"),
        ({"slug": ""}, "«»"),
        ({"slug": "../etc"}, "../etc"),
        ({"slug": "tail-"}, "tail-"),
        ({"name": "   "}, "Название"),
        ({"head_email": "rop"}, "«rop»"),
        ({"owner_email": "a b@c.kz"}, "a b@c.kz"),
        ({"accountant_email": ""}, "«»"),
        ({"manager_emails": ("asel@bereke.kz", "marat@localhost")}, "marat@localhost"),
        ({"manager_emails": (ACCOUNTANT.upper(),)}, ACCOUNTANT.upper()),
        ({"manager_emails": (HEAD,)}, HEAD),
        ({"manager_emails": (OWNER,)}, OWNER),
    ],
)
def test_an_unusable_wish_is_refused_in_a_sentence_before_anything_is_made(deployed, changes, named):
    life = deployed
    before = (life.services.creator.gateway.calls.reads, life.services.creator.gateway.calls.writes)
    with pytest.raises(RefusedError) as refused:
        deploy_client(new_client(**changes), DEPLOYED_AT, life.services)
    assert named in what_of(refused)
    assert remedy_of(refused)
    gateway = life.services.creator.gateway
    assert (gateway.calls.reads, gateway.calls.writes) == before
    assert [client.slug for client in life.services.ledger.clients()] == [SLUG]


def test_an_existing_client_is_not_deployed_again(deployed):
    gateway = deployed.services.creator.gateway
    before = gateway.calls.writes
    with tells(RefusedError, "уже есть"):
        deploy_client(new_client(), DEPLOYED_AT, deployed.services)
    assert gateway.calls.writes == before


def test_a_second_client_has_files_of_its_own(life):
    deploy_client(new_client(), DEPLOYED_AT, life.services)
    deploy_client(new_client(slug="bereke-2"), DEPLOYED_AT, life.services)
    assert set(ids(life).values()).isdisjoint(ids(life, "bereke-2").values())


def test_a_deploy_heals_sharing_that_somebody_widened_and_tells_what(deployed):
    drive, file_id = deployed.services.creator.drive, ids(deployed)["payroll"]
    drive.grant(file_id, STRANGER, "reader")
    drive.grant(file_id, MANAGERS[0], "writer")
    changed = share_client(deployed.client, deployed.services)
    assert {(change.step.value, change.whom) for change in changed} == {
        ("revoke", STRANGER),
        ("revoke", MANAGERS[0]),
    }
    assert share_client(deployed.client, deployed.services) == ()
    found = {item["emailAddress"]: item["role"] for item in drive.permissions(file_id)}
    assert found == PERMISSIONS["payroll"]


# ---- cut off at every call
class Killed(BaseException):
    """The process ends here: no handler of the product may hold it up."""


def all_files(life, slug=SLUG):
    """Every file with this client's mark that is not in the bin, by part."""
    files = life.services.creator.drive.find(Sought({"tablo_client": slug}))
    parts = [file.properties["tablo_part"] for file in files]
    return sorted(parts)


def is_complete(life, slug=SLUG):
    found = ids(life, slug)
    permissions = {
        part: {
            item["emailAddress"]: item["role"] for item in life.services.creator.drive.permissions(file_id)
        }
        for part, file_id in found.items()
    }
    return (
        all_files(life, slug) == ["archive-folder", "home", "payroll", "records-folder", "workbook"]
        and permissions == PERMISSIONS
        and guards(life, found["workbook"])[0] == WORKBOOK_GUARDS
        and guards(life, found["payroll"])[0] == PAYROLL_GUARDS
        and life.services.creator.drive.file(found["archive"]).copy_requires_writer
        and not any(
            life.services.creator.drive.file(file_id).writers_can_share
            for file_id in found.values()
            if file_id != found["home"]
        )
    )


def die_at(life, call):
    count = 0

    def hook(_kind):
        nonlocal count
        count += 1
        if count == call:
            raise Killed

    life.on_call = hook


def revive(life):
    life.on_call = lambda _kind: None
    life.strike()


def test_the_number_of_calls_of_a_deploy_is_known(life):
    calls = []
    life.on_call = calls.append
    deploy_client(new_client(), DEPLOYED_AT, life.services)
    assert len(calls) == CALLS


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """One emulator on which many clients are deployed, each cut off elsewhere."""
    with copy_of("empty", tmp_path_factory.getbasetemp(), tmp_path_factory.mktemp("crowded")) as life:
        yield life
        print(f"\ndeploys cut off: {len(life.services.ledger.clients())}")  # noqa: T201  # counts are reported


@pytest.mark.parametrize("call", range(1, CALLS - 1, 8))
def test_a_deploy_that_was_killed_before_any_call_is_finished_by_the_next(crowded, call):
    slug = f"killed-{call}"
    die_at(crowded, call)
    with pytest.raises(Killed):
        deploy_client(new_client(slug=slug), DEPLOYED_AT, crowded.services)
    revive(crowded)
    deploy_client(new_client(slug=slug), DEPLOYED_AT, crowded.services)
    assert is_complete(crowded, slug)


@pytest.mark.parametrize("call", range(4, CALLS + 1, 8))
def test_a_deploy_whose_call_was_carried_out_but_answered_with_an_error_is_finished(crowded, call):
    cut_off_by_strike(crowded, call, "error_after")


@pytest.mark.slow
@pytest.mark.parametrize("call", range(1, CALLS + 1))
@pytest.mark.parametrize("kind", ["error_before", "error_after", "cut_before", "cut_middle", "cut_after"])
def test_a_deploy_disturbed_at_any_call_in_any_way_is_finished(crowded, call, kind):
    cut_off_by_strike(crowded, call, kind)


def cut_off_by_strike(life, call, kind):
    """Disturb one call and run the deploy until it is through: two runs are enough."""
    slug = f"{kind.replace('_', '-')}-{call}-{len(life.services.ledger.clients())}"
    life.strike(Strike(kind=kind, at=call))
    try:
        deploy_client(new_client(slug=slug), DEPLOYED_AT, life.services)
    except TabloError:
        deploy_client(new_client(slug=slug), DEPLOYED_AT, life.services)
    finally:
        revive(life)
    assert is_complete(life, slug)


def test_files_that_a_lagging_search_hid_are_binned_by_the_next_run(life):
    """The first file was made, the search does not show it yet, so the next run makes a second one."""
    life.strike(Strike(kind="cut_after", method="POST", path="/drive/v3/files$"), search_lag_seconds=3600)
    with pytest.raises(TabloError):
        deploy_client(new_client(), DEPLOYED_AT, life.services)
    life.strike(search_lag_seconds=3600)
    die_at(life, 4)
    with pytest.raises(Killed):
        deploy_client(new_client(), DEPLOYED_AT, life.services)
    revive(life)
    assert all_files(life).count("home") == 2
    deploy_client(new_client(), DEPLOYED_AT, life.services)
    assert is_complete(life)


def test_a_withdrawn_key_ends_a_deploy_in_one_sentence(life):
    life.services.creator.gateway = Gateway(_Refused(), life.emulator.url)
    life.services.creator.drive._gateway = life.services.creator.gateway
    with pytest.raises(TabloError) as refused:
        deploy_client(new_client(), DEPLOYED_AT, life.services)
    assert "ключ" in what_of(refused)
    assert life.services.ledger.clients() == []


class _Refused:
    """A credential that its owner has revoked."""

    universe_domain = "googleapis.com"

    def before_request(self, *_args):
        raise RefreshError("invalid_grant: Token has been expired or revoked.")
