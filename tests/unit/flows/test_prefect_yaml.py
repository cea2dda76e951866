"""What `prefect.yaml` promises, and that the guide tells the same."""

import importlib
import inspect
import re
from pathlib import Path

import pytest
import yaml
from prefect import Flow

ROOT = Path(__file__).parents[3]
DECLARED = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))
DEPLOYMENTS = {deployment["name"]: deployment for deployment in DECLARED["deployments"]}
GUIDE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_each_entrypoint_is_a_flow_of_that_name_with_a_moment_to_work_at(name):
    module, _, function = DEPLOYMENTS[name]["entrypoint"].rpartition(".")
    flow = getattr(importlib.import_module(module), function)
    assert isinstance(flow, Flow)
    assert flow.name == name
    if name != "verify":  # a seal holds at any moment
        assert inspect.signature(flow.fn).parameters["as_of"].default is None
    assert flow.persist_result is False


def test_every_deployment_belongs_to_the_pool_and_every_schedule_to_almaty():
    assert {deployment["work_pool"]["name"] for deployment in DEPLOYMENTS.values()} == {"tablo"}
    schedules = [schedule for one in DEPLOYMENTS.values() for schedule in one.get("schedules", [])]
    assert {schedule["timezone"] for schedule in schedules} == {"Asia/Almaty"}
    assert all(schedule["slug"] for schedule in schedules)


def test_no_deployment_has_a_slot_that_a_power_cut_could_leave_taken():
    assert not [name for name, deployment in DEPLOYMENTS.items() if "concurrency_limit" in deployment]


def test_the_guide_tells_of_every_deployment_and_of_no_other():
    table = GUIDE.split("## What runs")[1].split("```")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, flags=re.MULTILINE)) == set(DEPLOYMENTS)


def test_the_guide_tells_of_every_variable_of_the_product_and_of_no_other():
    sources = [
        ROOT / "operations" / "world" / "settings.py",
        ROOT / "ledger" / "seal_keys.py",
        *sorted((ROOT / "flows").glob("*.py")),
    ]
    used = {
        name for path in sources for name in re.findall(r'"(KPI_[A-Z_]+)"', path.read_text(encoding="utf-8"))
    }
    assert set(re.findall(r"^\| `(KPI_[A-Z_]+)`", GUIDE, flags=re.MULTILINE)) == used
