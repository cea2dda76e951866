"""Flows on a real Prefect server, with operations of the test's own: who is told, repeated, stopped, silent."""

from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas import filters
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate

from flows import steps, sync
from kpi_rules.errors import ClientUnavailableError, RefusedError, RetryableError
from operations.world.settings import RunSettings
from tests.telling import tells, worded

pytestmark = pytest.mark.prefect
NOW = datetime(2026, 10, 15, 7, tzinfo=UTC)
PAY = "450123 тенге"


class Fake:
    """Operations and services that note what was asked, and fail where the test says."""

    def __init__(self):
        self.asked = []
        self.noted = []
        self.faults = {}
        self.ledger = SimpleNamespace(note_sync=lambda slug, _at, code: self.noted.append((slug, code)))

    def operation(self, kind, slug, made):
        self.asked.append((kind, slug))
        if faults := self.faults.get((kind, slug)):
            raise faults.pop(0)
        return made


@pytest.fixture
def fake(monkeypatch):
    fake = Fake()

    @contextmanager
    def services_of_run():
        yield fake

    done = {"requests": 2, "problems": (PAY,)}
    reading = lambda slug: SimpleNamespace(slug=slug, pay=PAY)  # noqa: E731
    monkeypatch.setattr(sync, "services_of_run", services_of_run)
    monkeypatch.setattr(sync, "gather", lambda slug, *_: fake.operation("read", slug, reading(slug)))
    monkeypatch.setattr(sync, "decide_client", lambda read, _: fake.operation("decide", read.slug, read))
    monkeypatch.setattr(
        sync, "apply_decision", lambda made, *_: fake.operation("write", made.slug, SimpleNamespace(**done))
    )
    monkeypatch.setattr(steps, "RETRY_SECONDS", 0)
    return fake


def shard_ids(state):
    parent = filters.FlowRunFilterParentFlowRunId(any_=[state.state_details.flow_run_id])
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(flow_run_filter=filters.FlowRunFilter(parent_flow_run_id=parent))
    return [run.id for run in runs]


def task_names(state):
    of_shards = filters.FlowRunFilter(id=filters.FlowRunFilterId(any_=shard_ids(state)))
    with get_client(sync_client=True) as client:
        return sorted(run.name for run in client.read_task_runs(flow_run_filter=of_shards))


def test_a_sync_runs_three_tasks_a_client_in_one_run_a_shard(served, fake):
    state = sync.sync(slugs=["alfa", "beta"], as_of=NOW, return_state=True)

    assert state.is_completed()
    assert state.message == ("клиентов: 2; alfa: записано: 2, замечаний: 1; beta: записано: 2, замечаний: 1")
    assert len(shard_ids(state)) == 1
    kinds = ("запись", "расчёт", "чтение")
    names = [f"{slug}: {kind}" for slug in ("alfa", "beta") for kind in kinds]
    served.wait_for(lambda: task_names(state) == names)


def test_thirty_clients_are_two_shards(served, fake):
    slugs = [f"c{number:02}" for number in range(30)]
    state = sync.sync(slugs=slugs, as_of=NOW, return_state=True)
    assert state.is_completed()
    assert len(shard_ids(state)) == 2
    assert [slug for kind, slug in fake.asked if kind == "write"] == slugs


def test_a_client_that_fails_is_reported_and_noted_and_the_others_are_synced(served, fake):
    fake.faults[("read", "beta")] = [
        worded(ClientUnavailableError, "Нет доступа к таблице.", "Верните доступ.")
    ]

    state = sync.sync(slugs=["alfa", "beta", "omega"], as_of=NOW, return_state=True)

    assert state.is_failed()
    assert state.message == "клиентов: 3, с ошибкой: 1; beta: Нет доступа к таблице."
    assert ("write", "alfa") in fake.asked
    assert ("write", "omega") in fake.asked
    assert ("decide", "beta") not in fake.asked
    assert fake.noted == [("beta", "ClientUnavailableError")]
    assert "Верните доступ." in served.everything_kept()


def test_a_passing_fault_is_tried_once_more_and_another_is_not(served, fake):
    fake.faults[("read", "alfa")] = [worded(RetryableError, "Google занят.")]
    fake.faults[("read", "beta")] = [worded(ClientUnavailableError, "Нет доступа.")]

    state = sync.sync(slugs=["alfa", "beta"], as_of=NOW, return_state=True)

    assert fake.asked.count(("read", "alfa")) == 2
    assert fake.asked.count(("read", "beta")) == 1
    assert state.message == "клиентов: 2, с ошибкой: 1; beta: Нет доступа."


def test_a_write_that_may_have_been_carried_out_is_not_repeated(served, fake):
    fake.faults[("write", "alfa")] = [worded(RetryableError, "Связь прервалась.", carried_out=None)]
    fake.faults[("write", "beta")] = [worded(RetryableError, "Квота.", carried_out=False)]

    state = sync.sync(slugs=["alfa", "beta"], as_of=NOW, return_state=True)

    assert fake.asked.count(("write", "alfa")) == 1
    assert fake.asked.count(("write", "beta")) == 2
    assert state.message == "клиентов: 2, с ошибкой: 1; alfa: Связь прервалась."


def test_prefect_keeps_no_pay_neither_of_a_good_run_nor_of_a_fault(served, fake):
    fake.faults[("decide", "beta")] = [ValueError(f"cannot read {PAY}")]

    state = sync.sync(slugs=["alfa", "beta"], as_of=NOW, return_state=True)

    served.wait_for(lambda: len(task_names(state)) == 5)
    kept = served.everything_kept()
    assert state.message.startswith(
        "клиентов: 2, с ошибкой: 1; beta: ValueError (prefect/test_prefect_flows.py:"
    )
    assert str(state.state_details.flow_run_id) in kept
    assert "beta: ValueError" in kept
    assert PAY not in kept
    assert "450123" not in kept


def test_each_call_takes_a_slot_of_the_named_limit_and_a_limit_that_is_not_there_is_refused(
    served, monkeypatch
):
    monkeypatch.setenv("KPI_RATE_LIMIT", "quota-test")
    wait = steps._throttle(RunSettings(home=Path("home")))

    with tells(RefusedError, "нет лимита «quota-test»"):
        wait("read")

    with get_client(sync_client=True) as client:
        client.create_global_concurrency_limit(
            GlobalConcurrencyLimitCreate(name="quota-test", limit=6, slot_decay_per_second=0.0001)
        )
        for _ in range(4):
            wait("read")
        assert client.read_global_concurrency_limit_by_name("quota-test").active_slots == 4
