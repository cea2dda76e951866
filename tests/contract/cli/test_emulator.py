"""`kpi emulator` as a process of its own, and the two questions one asks of it."""

import os
import re
import signal
import subprocess
import sys

import pytest
import requests

from sheets_emulator.serving.server import serve

KPI = [sys.executable, "-c", "from cli.app import main; main()"]
WAIT_SECONDS = 60


@pytest.fixture
def kpi(tmp_path):
    environment = {**os.environ, "KPI_HOME": str(tmp_path / "home")}

    def run(*arguments):
        return subprocess.run(
            [*KPI, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=WAIT_SECONDS,
            check=False,
        )

    return run


@pytest.fixture
def served(tmp_path):
    """Serve as a person does; Ctrl+C ends it."""
    process = subprocess.Popen(
        [*KPI, "emulator", "--port", "0"],
        env={**os.environ, "KPI_HOME": str(tmp_path / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    first = process.stdout.readline()
    yield re.search(r"http://127\.0\.0\.1:\d+", first).group()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 0
    assert "остановлен" in out
    assert re.search(r"Откройте в браузере http://127\.0\.0\.1:\d+/view/enter\?key=[\w-]{43}\n", out)
    assert err == ""


def test_a_token_from_the_command_line_opens_the_served_drive(kpi, served):
    token = kpi("emulator", "token", "tablo@tablo.local")
    assert (token.returncode, token.stderr) == (0, "")
    answer = requests.get(
        f"{served}/drive/v3/about",
        params={"fields": "user"},
        headers={"Authorization": f"Bearer {token.stdout.strip()}"},
        timeout=WAIT_SECONDS,
    )
    assert answer.json()["user"]["emailAddress"] == "tablo@tablo.local"


def test_accounts_can_be_added_and_are_shown_with_their_keys(kpi, served):
    shown = kpi("emulator", "accounts", "--add", "aigerim@office.kz")
    assert shown.returncode == 0
    for email in ("aigerim@office.kz", "tablo@tablo.local", "worker@tablo.local"):
        assert email in shown.stdout
    assert kpi("emulator", "token", "aigerim@office.kz").returncode == 0
    with requests.Session() as browser:
        entered = browser.get(kpi("emulator", "link").stdout.strip(), timeout=WAIT_SECONDS)
        assert entered.url == f"{served}/"
        assert "aigerim@office.kz" in entered.text


def test_the_printed_link_lets_one_browser_in_and_each_new_one_another(kpi, served, tmp_path):
    folder = str(tmp_path / "home" / "emulator")
    asked = [sys.executable, "-m", "sheets_emulator", "--data", folder, "--link"]
    by_module = subprocess.run(asked, capture_output=True, text=True, timeout=WAIT_SECONDS, check=True)
    links = [kpi("emulator", "link").stdout.strip(), by_module.stdout.strip()]
    assert [link.startswith(f"{served}/view/enter?key=") for link in links] == [True, True]
    statuses = [requests.get(link, timeout=WAIT_SECONDS).status_code for link in links + links]
    assert statuses == [200, 200, 403, 403]
    assert requests.get(served, timeout=WAIT_SECONDS).status_code == 403


def test_a_link_to_an_emulator_that_does_not_run_is_refused(kpi, tmp_path):
    for folder in (tmp_path / "data", tmp_path / "nowhere"):
        asked = [sys.executable, "-m", "sheets_emulator", "--data", str(folder), "--link"]
        done = subprocess.run(asked, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert "No emulator serves" in done.stderr
    with serve(tmp_path / "data"):
        pass
    done = kpi("emulator", "link", "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert "сейчас не работает" in " ".join(done.stderr.split())
    assert f"«kpi emulator --data {tmp_path / 'data'}»" in " ".join(done.stderr.split())


def test_what_is_no_account_is_refused(kpi, served):
    for arguments in (["token", "nobody@office.kz"], ["accounts", "--add", "no address"]):
        done = kpi("emulator", *arguments)
        assert done.returncode == 1
        assert "Что делать:" in done.stderr


def test_a_second_emulator_of_the_same_folder_points_to_the_first(kpi, served):
    done = kpi("emulator", "--port", "0")
    assert done.returncode == 1
    assert served in done.stderr
    assert "kpi emulator link" in done.stderr


def test_an_emulator_of_another_folder_names_it_in_what_to_type(kpi, tmp_path):
    folder = tmp_path / "two words"
    with serve(folder):
        done = kpi("emulator", "--port", "0", "--data", str(folder))
    assert done.returncode == 1
    assert f"«kpi emulator link --data '{folder}'»" in " ".join(done.stderr.split())


def test_a_port_in_use_is_told_with_a_way_out(kpi, served, tmp_path):
    port = served.rpartition(":")[2]
    done = kpi("emulator", "--port", port, "--data", str(tmp_path / "other"))
    assert done.returncode == 1
    assert port in done.stderr
    assert "--port 0" in done.stderr


@pytest.mark.parametrize("program", [[*KPI, "emulator"], [sys.executable, "-m", "sheets_emulator"]])
def test_a_bad_day_can_be_there_from_the_start(tmp_path, program):
    plan = tmp_path / "plan.json"
    plan.write_text('{"strikes": [{"kind": "error_before", "status": 502}]}')
    command = [*program, "--port", "0", "--data", str(tmp_path / "data"), "--faults", str(plan)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline()).group()
            answers = [requests.get(f"{address}/drive/v3/about", timeout=WAIT_SECONDS) for _ in range(2)]
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=WAIT_SECONDS)
    assert [answer.status_code for answer in answers] == [502, 401]


def test_a_plan_that_is_none_stops_the_start(tmp_path, kpi):
    plan = tmp_path / "plan.json"
    plan.write_text('{"nonsense": 1}')
    assert kpi("emulator", "--port", "0", "--faults", str(plan)).returncode != 0
    command = [sys.executable, "-m", "sheets_emulator", "--port", "0", "--faults", str(plan)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_SECONDS, check=False)
    assert (done.returncode, "nonsense" in done.stderr) == (2, True)
