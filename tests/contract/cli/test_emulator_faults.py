"""`kpi emulator faults`, as a person types it, on a running emulator."""

import json

import pytest
import requests
from typer.testing import CliRunner

from cli.app import app
from kpi_rules.errors import RefusedError
from sheets_emulator.access.accounts import ensure_account
from sheets_emulator.access.tokens import issue_token
from sheets_emulator.serving.faults import Faults
from sheets_emulator.serving.server import serve
from sheets_emulator.store.admin_secret import admin_headers
from tests.telling import tells


@pytest.fixture
def running(tmp_path):
    with serve(tmp_path / "data") as emulator:
        yield emulator


@pytest.fixture
def faults(running):
    return lambda *arguments: ask(running.folder, *arguments)


def ask(folder, *arguments):
    """What a command prints; its refusal is raised."""
    done = CliRunner().invoke(app, ["emulator", "faults", *arguments, "--data", str(folder)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def plan_of(emulator):
    headers = admin_headers(emulator.folder)
    return Faults.model_validate(
        requests.get(emulator.url + "/admin/faults", headers=headers, timeout=10).json()
    )


def test_a_bad_day_is_set_shown_and_ended(running, faults):
    told = faults("set", "--quota-reads", "60", "--error-after", "0.05", "--latency", "0.2", "--seed", "7")
    assert told.splitlines() == [
        "В силе:",
        "  seed = 7",
        '  quota = {"readsPerUser": 60}',
        "  latencyMedianSeconds = 0.2",
        "  errorAfterFraction = 0.05",
    ]
    plan = plan_of(running)
    assert (plan.seed, plan.quota.reads_per_user, plan.quota.writes_per_user) == (7, 60, None)
    assert (plan.error_after_fraction, plan.latency_median_seconds) == (0.05, 0.2)
    assert faults("show") == told
    faults("clear")
    assert plan_of(running) == Faults()
    assert "Плохого дня нет" in faults("show")


def test_a_quota_set_from_the_command_line_is_enforced_and_counted(running, faults):
    faults("set", "--quota-reads", "1")
    ensure_account(running.engine.store, "owner@firm.kz")
    headers = {"Authorization": f"Bearer {issue_token(running.engine.store, 'owner@firm.kz')}"}
    read = f"{running.url}/v4/spreadsheets/none"
    assert [requests.get(read, headers=headers, timeout=10).status_code for _ in range(3)] == [404, 429, 429]
    assert "было error_before: 2" in faults("show")


def test_a_plan_shown_as_json_can_be_set_again_and_options_change_it(running, faults, tmp_path):
    strike = {"kind": "cut_after", "method": "POST", "path": "batchUpdate", "at": 2}
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({"strikes": [strike], "quota": {"readsPerUser": 5}, "seed": 3}))
    faults("set", "--json", str(file), "--seed", "4", "--quota-writes", "6")
    plan = plan_of(running)
    assert (plan.seed, plan.quota.reads_per_user, plan.quota.writes_per_user) == (4, 5, 6)
    assert (plan.strikes[0].kind, plan.strikes[0].at, plan.strikes[0].times) == ("cut_after", 2, 1)
    shown = faults("show", "--json")
    file.write_text(shown)
    faults("clear")
    faults("set", "--json", str(file))
    assert plan_of(running) == plan


def test_a_new_plan_replaces_the_old_one(running, faults):
    faults("set", "--error-before", "0.5")
    faults("set", "--drip", "1")
    assert (plan_of(running).error_before_fraction, plan_of(running).drip_fraction) == (0, 1)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ('{"errorAfterFraction": 2}', "errorAfterFraction: "),
        ('{"quota": {"reads": 1}}', "quota.reads: "),
        ('{"strikes": [{"kind": "flood"}]}', "strikes.0.kind: "),
        ('{"strikes": [{"kind": "drip", "path": "("}]}', "is no regular expression"),
        ("[1]", "нужен объект JSON"),
        ("{", "нужен объект JSON"),
        ('{"quota": 3}', "нужен объект JSON"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_and_changes_nothing(running, faults, tmp_path, content, told):
    file = tmp_path / "plan.json"
    file.write_text(content)
    with tells(RefusedError, told):
        faults("set", "--json", str(file))
    assert plan_of(running) == Faults()


def test_a_bad_day_without_anything_bad_is_refused(faults, tmp_path):
    with tells(RefusedError, "чем день плох"):
        faults("set")
    with tells(RefusedError, "не читается"):
        faults("set", "--json", str(tmp_path / "nowhere.json"))


def test_an_emulator_that_does_not_run_has_no_bad_days(tmp_path):
    with serve(tmp_path / "data"):
        pass
    with tells(RefusedError, "сейчас не работает"):
        ask(tmp_path / "data", "show")
    with tells(RefusedError, "Данных эмулятора"):
        ask(tmp_path / "nowhere", "clear")


def test_a_quota_is_counted_as_google_was_seen_to_if_asked(running, faults):
    told = faults("set", "--quota-reads", "60", "--quota-window", "fixed", "--quota-loose", "0.23")
    assert '{"readsPerUser": 60, "window": "fixed", "looseFraction": 0.23}' in told
    assert (plan_of(running).quota.window, plan_of(running).quota.loose_fraction) == ("fixed", 0.23)
    with tells(RefusedError, "quota.window: "):
        faults("set", "--quota-reads", "60", "--quota-window", "minute")
    with tells(RefusedError, "looseFraction"):
        faults("set", "--quota-reads", "60", "--quota-loose", "0.23")
