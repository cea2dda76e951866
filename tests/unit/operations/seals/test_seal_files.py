"""Seals are checked from their files and the public key alone, and what does not hold is named."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import ledger
from kpi_rules.errors import RefusedError
from operations.seals.recounting import RecountState, recount
from operations.seals.seal_files import check_files, write_seal
from tests.telling import tells
from tests.unit.ledger.builders import KEY, OCTOBER, OTHER_KEY, PUBLIC, a_chain, a_record

PIN = Path(__file__).parents[3] / "golden/engine/engine-1.json"


@pytest.fixture
def chain(tmp_path):
    """Four seals of one client as files."""
    return written(tmp_path, a_chain(4))


def written(folder, seals):
    paths = [folder / f"{sealed.client} {sealed.number}.json" for sealed in seals]
    for sealed, path in zip(seals, paths, strict=True):
        write_seal(sealed, path)
    return paths


def found(paths, key=PUBLIC, **asked):
    """Give (file, codes) of each seal that something is wrong with."""
    check = check_files(paths, key, **asked)
    wrong = [(seal.path.name, {fault.code for fault in seal.faults}) for seal in check.seals if seal.faults]
    assert check.holds is not bool(wrong)
    return wrong


def real_seal(**parts):
    record = json.loads(PIN.read_text(encoding="utf-8"))[0]
    return ledger.seal(a_record(**{**record, **parts}), 1, None, KEY)


def test_a_whole_chain_holds_in_whatever_order_it_is_given(chain):
    check = check_files(chain[::-1], PUBLIC)
    assert check.holds
    assert [seal.seal.number for seal in check.seals] == [1, 2, 3, 4]
    assert (check.given, check.gaps) == (True, {})


def test_one_seal_holds_by_itself_and_the_missing_ones_are_named(chain):
    check = check_files([chain[3], chain[1]], PUBLIC)
    assert check.holds
    assert check.gaps == {"acme": (1, 3)}


def test_without_a_key_the_files_own_is_taken_and_that_is_told(chain):
    check = check_files(chain, None)
    assert check.holds
    assert (check.public_key, check.given) == (PUBLIC, False)


def test_the_key_may_be_written_as_people_write_it(chain):
    spaced = " ".join(PUBLIC.upper()[start : start + 8] for start in range(0, 64, 8))
    assert check_files(chain, spaced).holds


@pytest.mark.parametrize("key", ["", "12", "z" * 64, PUBLIC + "0"])
def test_what_is_no_key_is_refused(chain, key):
    with tells(RefusedError, "64"):
        check_files(chain, key)


def test_another_key_is_named_on_each_seal(chain):
    assert found(chain[:2], ledger.public_key_text(OTHER_KEY)) == [
        ("acme 1.json", {"other_key"}),
        ("acme 2.json", {"other_key"}),
    ]


def test_a_changed_figure_is_named_on_its_file_alone(chain):
    chain[1].write_text(chain[1].read_text("utf-8").replace("42000000", "43000000"), "utf-8")
    assert found(chain) == [("acme 2.json", {"digest"})]


def test_a_seal_that_was_made_anew_breaks_the_one_after_it(tmp_path):
    one, two, three = a_chain(3)
    other = ledger.seal(a_record(results={"M01": {"score": "99"}}, month=ledger_month(two)), 2, one, KEY)
    assert found(written(tmp_path, [one, other, three])) == [("acme 3.json", {"previous"})]


def ledger_month(sealed):
    year, number = map(int, sealed.month.split("-"))
    return type(OCTOBER)(year, number)


def test_two_signed_seals_of_one_number_are_both_named(tmp_path):
    one, two = a_chain(2)
    other = ledger.seal(a_record(month=ledger_month(two), engine="x"), 2, one, KEY)
    paths = written(tmp_path, [one, two])
    fork = tmp_path / "fork.json"
    write_seal(other, fork)
    assert dict(found([*paths, fork]))["fork.json"] >= {"doubled"}
    assert dict(found([*paths, fork]))["acme 2.json"] >= {"doubled"}


def test_a_forged_file_says_nothing_of_the_genuine_one_beside_it(chain):
    forged = chain[0].with_name("forged.json")
    forged.write_text(chain[0].read_text("utf-8").replace("42000000", "1"), "utf-8")
    assert found([*chain, forged]) == [("forged.json", {"digest"})]


def test_the_same_file_twice_is_one_seal(chain):
    again = chain[0].with_name("again.json")
    again.write_bytes(chain[0].read_bytes())
    assert len(check_files([*chain, again], PUBLIC).seals) == 4


def test_clients_have_chains_of_their_own(tmp_path):
    other = ledger.seal(a_record(client="bereke"), 1, None, KEY)
    paths = written(tmp_path, [*a_chain(2), other])
    check = check_files(paths, PUBLIC)
    assert check.holds
    assert [seal.client for seal in check.seals] == ["acme", "acme", "bereke"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[]", b"{}", b'{"format":"tablo-seal-1"}', None])
def test_what_is_no_seal_is_refused_by_its_name(tmp_path, content):
    path = tmp_path / "odd.json"
    if content is not None:
        path.write_bytes(content)
    with tells(RefusedError, r"odd\.json"):
        check_files([path], None)


def test_a_file_of_a_seal_is_its_owners_and_overwrites_nothing(chain):
    assert chain[0].stat().st_mode & 0o777 == 0o600
    before = chain[0].read_bytes()
    with tells(RefusedError, "уже есть"):
        write_seal(a_chain(2)[1], chain[0])
    assert chain[0].read_bytes() == before
    with tells(RefusedError, "не записать"):
        write_seal(a_chain(1)[0], chain[0].parent / "nowhere" / "seal.json")


def test_a_record_alone_is_recounted_byte_for_byte(tmp_path):
    check = check_files(written(tmp_path, [real_seal()]), PUBLIC, recompute=True)
    assert check.holds
    assert check.seals[0].recount.state is RecountState.SAME


def test_results_that_the_inputs_do_not_give_are_named(tmp_path):
    """The holder of the key signs another score: the seal holds, the recount does not."""
    record = real_seal().record
    card = {**record["results"]["employees"][0], "score_percent": 99}
    results = {**record["results"], "employees": [card, *record["results"]["employees"][1:]]}
    check = check_files(written(tmp_path, [real_seal(results=results)]), PUBLIC, recompute=True)
    assert not check.holds
    assert not check.seals[0].faults
    assert (check.seals[0].recount.state, check.seals[0].recount.parts) == (
        RecountState.DIFFERS,
        ("results",),
    )


def test_true_is_not_taken_for_one():
    record = dict(real_seal().record)
    card = {**record["results"]["employees"][0], "preliminary": 0}
    record["results"] = {**record["results"], "employees": [card, *record["results"]["employees"][1:]]}
    assert recount(record).parts == ("results",)


def test_what_a_newer_program_sealed_is_a_state_of_its_own_and_nothing_is_wrong_with_it(tmp_path):
    paths = written(tmp_path, [real_seal(form=99, program="9.0.0")])
    check = check_files(paths, PUBLIC, recompute=True)
    again = check.seals[0].recount
    assert (again.state, again.form, again.program) == (RecountState.NEWER, "99", "9.0.0")
    assert (check.holds, check.wrong, check.newer) == (False, False, True)
    assert check_files(paths, PUBLIC).holds


@pytest.mark.parametrize(
    "spoil",
    [
        lambda inputs: inputs["rulebook"]["policies"].update(unheard_of=1),
        lambda inputs: inputs["rulebook"]["kpis"][0].update(measure="unheard_of"),
        lambda inputs: inputs["rulebook"].update(form=99),
        lambda inputs: inputs["calendar"].update(form=99),
        lambda inputs: inputs.update(form=99),
    ],
)
def test_whatever_in_a_record_only_a_newer_program_knows_makes_it_newer(spoil):
    record = json.loads(json.dumps(real_seal().record))
    spoil(record["inputs"])
    assert recount(record).state is RecountState.NEWER


def test_a_form_that_is_no_number_is_no_newer_program(tmp_path):
    check = check_files(written(tmp_path, [real_seal(form="next")]), PUBLIC, recompute=True)
    assert (check.seals[0].recount.state, check.wrong) == (RecountState.UNREADABLE, True)


def test_a_signed_record_without_what_a_recount_needs_is_no_crash(tmp_path):
    path = tmp_path / "thin.json"
    write_seal(ledger.seal(a_record(), 1, None, KEY), path)
    check = check_files([path], PUBLIC, recompute=True)
    assert check.seals[0].recount.state is RecountState.UNREADABLE


def test_a_seal_whose_number_was_changed_is_named(tmp_path):
    [sealed] = a_chain(1)
    path = tmp_path / "moved.json"
    write_seal(replace(sealed, number=2), path)
    assert found([path]) == [("moved.json", {"digest"})]
