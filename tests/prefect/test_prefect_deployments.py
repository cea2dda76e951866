"""From `prefect.yaml` to a synced client: real server, real deploy, real worker, a workbook on the emulator."""

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests
from prefect.client.orchestration import get_client
from prefect.client.schemas import filters
from prefect.client.schemas.objects import StateType
from prefect.states import Crashed

from flows.sweep import drop_replaced, start_again
from operations.clients.deploy import NewClient, deploy_client
from operations.world.services import open_services
from operations.world.settings import read_settings

pytestmark = pytest.mark.prefect
ROOT = Path(__file__).parents[2]
ALMATY = ZoneInfo("Asia/Almaty")
AS_OF = datetime(2026, 10, 15, 12, tzinfo=ALMATY)


def prefect_command(environment, *arguments):
    command = [sys.executable, "-m", "prefect", "--no-prompt", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def deployed(prefect_home_server):
    """The work pool and all deployments of prefect.yaml."""
    pool = {"name": "tablo", "type": "process"}
    assert (
        requests.post(f"{prefect_home_server.api_url}/work_pools/", json=pool, timeout=30).status_code == 201
    )
    prefect_command(prefect_home_server.environment, "deploy", "--all")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    """Two clients on a local emulator, and the environment of whoever works for them."""
    home = tmp_path_factory.mktemp("kpi")
    environment = {"KPI_HOME": str(home)}
    people = ("rop@test.local", "owner@test.local", "buh@test.local", ("m1@test.local",))
    with open_services(read_settings(environment)) as services:
        for name, slug in (("Альфа", "alfa"), ("Бета", "beta")):
            deploy_client(NewClient(name, slug, *people), AS_OF, services)
        yield environment, services


def runs_of(client, name, *states):
    return client.read_flow_runs(
        deployment_filter=filters.DeploymentFilter(name=filters.DeploymentFilterName(any_=[name])),
        flow_run_filter=filters.FlowRunFilter(
            state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=list(states)))
        )
        if states
        else None,
    )


@contextmanager
def no_schedules(client):
    """Let nothing run by the real clock for a while: the worker is to do what the test asks for."""
    deployments = client.read_deployments()
    for deployment in deployments:
        client.pause_deployment(deployment.id)
    yield
    for deployment in deployments:
        client.resume_deployment(deployment.id)


def test_every_schedule_of_prefect_yaml_brings_runs_at_its_times_in_almaty(served, deployed):
    with get_client(sync_client=True) as client:

        def planned(name):
            runs = served.wait_for(lambda: runs_of(client, name, StateType.SCHEDULED))
            return [run.expected_start_time.astimezone(ALMATY) for run in runs if run.auto_scheduled]

        syncs, nights, checks, sweeps = (planned(name) for name in ("sync", "month", "verify", "sweep"))

    assert {at.minute for at in syncs} <= {0, 15, 30, 45}
    assert all(9 <= at.hour < 19 or (at.hour, at.minute) == (19, 0) for at in syncs)
    assert all(at.weekday() < 6 for at in syncs)
    assert {(at.hour, at.minute) for at in nights} == {(0, 30)}
    assert {(at.hour, at.minute) for at in checks} == {(3, 0)}
    assert min(sweeps) - datetime.now(UTC) <= timedelta(minutes=5)
    assert {at.minute % 5 for at in sweeps} == {0}


def test_a_worker_syncs_a_client(served, deployed, emulator):
    environment, services = emulator
    parameters = {"slugs": ["alfa"], "as_of": AS_OF.isoformat()}
    worker = (
        "worker",
        "start",
        "--pool",
        "tablo",
        "--type",
        "process",
        "--run-once",
        "--prefetch-seconds",
        "0",
    )
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("sync/sync")
        run = client.create_flow_run_from_deployment(deployment.id, parameters=parameters)
        with no_schedules(client):
            prefect_command({**served.server.environment, **environment}, *worker)
        state = client.read_flow_run(run.id).state

    assert state.is_completed()
    assert state.message.startswith("клиентов: 1; alfa: ")
    assert services.ledger.sync_notes()["alfa"].synced_at == AS_OF.astimezone(UTC)


def test_a_sync_runs_through_a_local_server_of_its_own(emulator, served, empty_database):
    environment, services = emulator
    home = Path(environment["KPI_HOME"]) / "prefect"
    home.mkdir()
    shutil.copy(empty_database, home / "prefect.db")
    command = [sys.executable, "-m", "flows.local", "--client", "beta", "--as-of", AS_OF.isoformat()]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**served.server.environment, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    run = json.loads(done.stdout)
    assert run["state"] == "Completed"
    assert run["message"].startswith("клиентов: 1; beta: ")
    assert run["ui"] == f"http://127.0.0.1:4200/runs/flow-run/{run['run_id']}"
    assert services.ledger.sync_notes()["beta"].synced_at == AS_OF.astimezone(UTC)


def test_a_crashed_nightly_run_is_started_once_more_and_not_a_third_time(served, deployed):
    since_at = datetime.now(UTC) - timedelta(hours=1)
    with get_client(sync_client=True) as client:
        month = client.read_deployment_by_name("month/month")
        crashed = client.create_flow_run_from_deployment(month.id, parameters={"slugs": ["alfa"]})
        client.set_flow_run_state(crashed.id, Crashed(), force=True)

        assert start_again(client, since_at) == [crashed.name]
        assert start_again(client, since_at) == []

        again = next(run for run in runs_of(client, "month") if run.idempotency_key == f"again-{crashed.id}")
        assert again.parameters == {"slugs": ["alfa"]}
        client.set_flow_run_state(again.id, Crashed(), force=True)
        assert start_again(client, since_at) == []

        assert start_again(client, since_at=datetime.now(UTC) + timedelta(hours=1)) == []
        for run in (crashed, again):
            client.delete_flow_run(run.id)


def test_of_the_runs_that_waited_for_a_worker_only_the_newest_stays_and_what_a_person_asked_for(
    served, deployed
):
    now = datetime.now(UTC)
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("verify/verify")
        asked = client.create_flow_run_from_deployment(deployment.id)
        missed = {
            "start_time": (now - timedelta(days=4)).isoformat(),
            "end_time": now.isoformat(),
            "max_runs": 9,
        }
        client.request("POST", "/deployments/{id}/schedule", path_params={"id": deployment.id}, json=missed)
        waiting = sorted(
            run.expected_start_time
            for run in runs_of(client, "verify", StateType.SCHEDULED)
            if run.auto_scheduled and run.expected_start_time < now
        )

        dropped = drop_replaced(client, now)

        left = runs_of(client, "verify", StateType.SCHEDULED)
        assert len(waiting) >= 3
        assert dropped >= len(waiting) - 1  # a sweep or sync of the real clock may wait as well
        assert [
            run.expected_start_time for run in left if run.expected_start_time < now and run.auto_scheduled
        ] == [waiting[-1]]
        assert asked.id in [run.id for run in left]
        assert drop_replaced(client, now) == 0
        for run in left:
            client.delete_flow_run(run.id)


def test_the_automation_of_the_guide_is_one_that_the_server_takes(served):
    guide = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    written = guide.split("prefect automation create --from-json '")[1].split("'\n")[0]
    with get_client(sync_client=True) as client:
        answer = client.request("POST", "/automations/", json=json.loads(written))
        kept = client.request("GET", "/automations/{id}", path_params={"id": answer.json()["id"]}).json()
    assert kept["enabled"]
    assert kept["trigger"]["within"] == 600
    assert kept["actions"][0]["state"] == "CRASHED"
