"""A policy is one declaration: its file, records, drafts, defaults by month and told differences come from it."""

import json
import tomllib
from dataclasses import replace
from fractions import Fraction

import pytest

from kpi_rules.deciding.freezing import ignored_rule_edits
from kpi_rules.errors import NewerFormError
from kpi_rules.policies import MARKS_MINIMUM, MIN_LEADS, POLICIES, Policies, Policy, PolicyKind
from kpi_rules.records.rulebooks import (
    client_policies_from_record,
    client_policies_record,
    rulebook_from_record,
    rulebook_record,
)
from kpi_rules.rulebook.drafts import rulebook_toml
from kpi_rules.rulebook.errors import RulebookError
from kpi_rules.rulebook.versions import load
from kpi_rules.time.periods import Month
from kpi_rules.words.rule_changes import differences
from templates.loading import load as load_template
from templates.loading import texts

CHANGED_IN = Month(2027, 3)
SPLIT = Policy("split", PolicyKind.CHOICE, "equal", ((CHANGED_IN, "stated"),), ("equal", "stated"))
B2B = load_template("b2b").rulebook
OF_0_1_0 = {"conversion_basis": "paid", "min_leads": 1, "ramp_months": 0, "marks_minimum": "0.8"}
"""What records of release 0.1.0 (form 1) say of the policies that it knew."""


@pytest.fixture
def split(monkeypatch):
    """A policy that came later, with a new meaning from March 2027 on."""
    monkeypatch.setitem(POLICIES, SPLIT.id, SPLIT)
    return SPLIT


def form(**policies):
    return {**tomllib.loads(rulebook_toml(B2B)), "policies": policies}


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_every_policy_has_its_name(language):
    missing = [id_ for id_ in POLICIES if f"rules.diff.policy_name.{id_}" not in texts(language)]
    assert missing == []


@pytest.mark.parametrize("policy", POLICIES.values(), ids=list(POLICIES))
def test_every_default_is_one_that_the_policy_allows(policy):
    assert all(policy.allows(value) for value in (policy.oldest, *(value for _, value in policy.changed)))
    assert [month for month, _ in policy.changed] == sorted(month for month, _ in policy.changed)


# ---- what holds when
def test_what_is_not_said_holds_by_the_month(split):
    assert [Policies().at(month)[split] for month in (Month(2027, 2), CHANGED_IN, Month(2030, 1))] == [
        "equal",
        "stated",
        "stated",
    ]


def test_what_is_said_holds_in_every_month(split):
    assert Policies({"split": "equal"}).at(Month(2030, 1))[split] == "equal"
    assert Policies({"min_leads": 7}).at(Month(2030, 1))[MIN_LEADS] == 7


def test_nothing_can_be_asked_for_before_the_month_is_put_in():
    with pytest.raises(KeyError):
        Policies()[MIN_LEADS]


def test_one_set_of_policies_says_what_another_leaves_out(split):
    said = Policies({"min_leads": 3}).over(Policies({"min_leads": 5, "split": "stated"}))
    assert said.given == {"min_leads": 3, "split": "stated"}


# ---- records
def test_a_record_of_0_1_0_reads_to_the_oldest_meaning_of_each_policy_whatever_came_later(split):
    """What release 0.1.0 froze says its four policies in their oldest meanings, and none that came later."""
    record = {**rulebook_record(B2B.at(CHANGED_IN)), "policies": OF_0_1_0}
    read = rulebook_from_record(record).at(Month(2030, 1)).policies
    assert {policy.id: read[policy] for policy in POLICIES.values()} == {
        policy.id: policy.oldest for policy in POLICIES.values()
    }
    assert (read[MIN_LEADS], read[MARKS_MINIMUM]) == (1, Fraction(4, 5))


def test_a_record_that_was_frozen_before_the_policy_has_its_oldest_meaning(split):
    record = rulebook_record(B2B.at(CHANGED_IN))
    record["policies"].pop("split")
    assert rulebook_from_record(record).at(Month(2030, 1)).policies[split] == "equal"


def test_what_freezes_says_all_policies(split):
    record = json.loads(json.dumps(rulebook_record(B2B.at(CHANGED_IN))))
    assert record["policies"].keys() == {policy.record_key for policy in POLICIES.values()}
    assert record["policies"].items() >= {**OF_0_1_0, "split": "stated"}.items()
    assert rulebook_from_record(record) == B2B.at(CHANGED_IN)


def test_a_record_with_a_policy_or_a_measure_of_a_newer_program_is_named_as_such(split, monkeypatch):
    record = rulebook_record(B2B.at(CHANGED_IN))
    monkeypatch.delitem(POLICIES, "split")
    with pytest.raises(NewerFormError, match="split"):
        rulebook_from_record(record)
    record["policies"].pop("split")
    record["kpis"][0]["measure"] = "no_shows"
    with pytest.raises(NewerFormError, match="no_shows"):
        rulebook_from_record(record)


def test_a_clients_own_policies_leave_the_rest_to_the_defaults_of_each_month(split):
    own = load(form(min_leads=4, marks_minimum_percent="66.6"))
    record = json.loads(json.dumps(client_policies_record(own)))
    assert record == {"form": 1, "min_leads": 4, "marks_minimum": "0.666"}
    found = client_policies_from_record(record)
    assert (found[MIN_LEADS], found[MARKS_MINIMUM]) == (4, Fraction(666, 1000))
    assert found.at(CHANGED_IN)[split] == "stated"


# ---- the file
def test_a_file_may_name_a_new_policy_and_a_draft_of_frozen_rules_names_all(split):
    assert load(form(split="stated")).policies.given == {"split": "stated"}
    draft = rulebook_toml(B2B.at(Month(2027, 2)))
    assert 'split = "equal"' in draft
    assert load(tomllib.loads(draft)) == B2B.at(Month(2027, 2))


@pytest.mark.parametrize(
    ("policies", "place", "expected"),
    [
        ({"colour": "red"}, "policies.colour", "conversion_basis, min_leads"),
        ({"conversion_basis": "hoped"}, "policies.conversion_basis", "paid, cohort"),
        ({"min_leads": "7"}, "policies.min_leads", "≥ 0"),
        ({"min_leads": True}, "policies.min_leads", "≥ 0"),
        ({"marks_minimum_percent": 101}, "policies.marks_minimum_percent", "0…100"),
        ({"marks_minimum_percent": 80.0}, "policies.marks_minimum_percent", "0…100"),
        ({"marks_minimum_percent": "1/0"}, "policies.marks_minimum_percent", "0…100"),
        ({"marks_minimum_percent": "many"}, "policies.marks_minimum_percent", "0…100"),
    ],
)
def test_what_no_policy_allows_is_refused_with_its_place(policies, place, expected):
    with pytest.raises(RulebookError) as refused:
        load(form(**policies))
    assert (refused.value.code, refused.value.place) == ("value", place)
    assert expected in refused.value.remedy


# ---- told differences
def test_a_change_of_a_policy_is_told_by_its_name_and_a_policy_left_out_is_no_change(split):
    held = B2B.at(CHANGED_IN)
    words = texts("ru")
    named = replace(words, phrases={**words.phrases, "rules.diff.policy_name.split": "доля второго"})
    assert differences(held, load(form(split="equal")), named) == ["доля второго: stated → equal"]
    assert differences(held, load(form()), named) == []
    (told,) = differences(held, load(form(marks_minimum_percent="66.6")), words)
    assert told == "наименьшая доля дней с отметками: 80 % → 66,6 %".replace(" %", "\N{NO-BREAK SPACE}%")


def test_a_default_that_changed_is_no_edit_of_a_frozen_month(split):
    frozen = rulebook_from_record(rulebook_record(B2B.at(Month(2027, 2))))
    assert ignored_rule_edits(B2B, frozen, CHANGED_IN, "") == ()
    edited = replace(B2B, policies=Policies({"split": "stated"}))
    assert [problem.code for problem in ignored_rule_edits(edited, frozen, CHANGED_IN, "x")] == [
        "rules_changed_after_open"
    ]
