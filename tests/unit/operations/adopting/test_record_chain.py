"""A chain of sealed records as files hold it: taken whole and by a known key, else refused by name."""

from dataclasses import replace

import pytest

from kpi_rules.errors import RefusedError
from ledger import Change, HandOver, Seal, export_seal, fingerprint, public_key_text, read_seal, seal
from ledger.seal_keys import HANDED_OVER
from operations.adopting.record_chain import RecordFile, checked_chain
from operations.world.telling import told
from sheets_sync.ports import JSON_TYPE, File
from tests.unit.ledger.builders import AUGUST, KEY, NOW, OTHER_KEY, PUBLIC, a_record

OTHER = public_key_text(OTHER_KEY)


def chain_of(length, client_id="c1", key=KEY, **parts) -> list[Seal]:
    seals: list[Seal] = []
    for index in range(length):
        record = a_record(AUGUST.plus(index), client_id=client_id, ledger_id="l1", **parts)
        seals.append(seal(record, index + 1, seals[-1] if seals else None, key))
    return seals


def file_of(name, content):
    file = File(name, name, JSON_TYPE, "", "", trashed=False, parents=())
    return RecordFile(file, read_seal(export_seal(content)) if isinstance(content, Seal) else content)


def files_of(seals, prefix="record"):
    return [file_of(f"{prefix} {each.number}", each) for each in seals]


def refused(code, records, trusted=(PUBLIC,), client_id=None, slug="acme"):
    with pytest.raises(RefusedError) as failed:
        checked_chain(records, slug, trusted, client_id)
    assert failed.value.code == code
    return told(failed.value).what


def test_a_whole_chain_is_taken_in_its_order_copies_of_its_files_once():
    seals = chain_of(4)
    chain = checked_chain(
        [*reversed(files_of(seals)), *files_of(seals[:2], "copy")], "acme", [OTHER, PUBLIC], None
    )
    assert chain.seals == tuple(seals)
    assert sorted(chain.files) == [1, 2, 3, 4]
    assert (chain.client_id, chain.ledger_id, chain.keys.present) == ("c1", "l1", PUBLIC)


def test_records_of_before_ids_belong_to_the_chain_that_goes_on_with_one():
    first = seal(a_record(AUGUST), 1, None, KEY)
    second = seal(a_record(AUGUST.plus(1), client_id="c1"), 2, first, KEY)
    assert checked_chain(files_of([first, second]), "acme", [PUBLIC], None).client_id == "c1"
    assert checked_chain(files_of([first]), "acme", [PUBLIC], None).client_id == ""


def test_nothing_is_there():
    refused("adopt_no_records", [])
    refused("adopt_no_records", files_of(chain_of(1)), client_id="c2")


@pytest.mark.parametrize(("missing", "named"), [([1], "№ 1"), ([2], "№ 2"), ([1, 3], "№ 1, № 3")])
def test_a_gap_is_named(missing, named):
    assert named in refused(
        "adopt_gap", files_of([each for each in chain_of(4) if each.number not in missing])
    )


def test_what_was_forged_is_named_by_its_file():
    seals = chain_of(3)
    text = seals[1].record_text
    changed = replace(seals[1], record_text=text.replace("87.6", "99.9"))
    others = seal(seals[1].record, 2, seals[0], OTHER_KEY)
    for bad in (changed, replace(seals[1], signature="0" * 128), others):
        assert "«bad»" in refused("adopt_forged", [*files_of(seals), file_of("bad", bad)])
    assert "«no record»" in refused("adopt_forged", [*files_of(seals), file_of("no record", None)])


def test_a_seal_that_does_not_continue_the_chain_is_forged():
    seals = chain_of(3)
    other = chain_of(2, results={"M01": {"score": "1"}})
    refused("adopt_forged", files_of([seals[0], other[1], seals[2]]))
    assert refused("adopt_forged", files_of(seals), slug="beta")


def test_two_seals_of_one_number_are_named_by_their_fingerprints():
    seals = chain_of(3)
    other = seal({**seals[2].record, "results": {}}, 3, seals[1], KEY)
    said = refused("adopt_two_chains", [*files_of(seals), file_of("other", other)])
    assert fingerprint(seals[2]) in said
    assert fingerprint(other) in said


def test_of_two_clients_of_one_name_one_is_chosen():
    both = [*files_of(chain_of(2)), *files_of(chain_of(3, "c2"), "other")]
    said = refused("adopt_two_clients", both)
    assert "c1, c2" in said
    assert len(checked_chain(both, "acme", [PUBLIC], "c2").seals) == 3


def test_a_chain_by_an_unknown_key_names_it():
    assert PUBLIC in refused("adopt_key_unknown", files_of(chain_of(2)), trusted=[])
    assert PUBLIC in refused("adopt_key_unknown", files_of(chain_of(2)), trusted=[OTHER])


@pytest.mark.parametrize("how", [Change.ROTATED, Change.LOST])
def test_keys_are_followed_over_a_hand_over_from_the_new_one_and_from_the_old_one_where_it_has_signed(how):
    first = chain_of(1)[0]
    statement = HandOver("acme", PUBLIC, OTHER, how, NOW.isoformat(), "why", 1, first.digest)
    statement = statement.signed(KEY if how is Change.ROTATED else None, OTHER_KEY)
    record = a_record(AUGUST.plus(1), client_id="c1", **{HANDED_OVER: [statement.record()]})
    records = files_of([first, seal(record, 2, first, OTHER_KEY)])
    chain = checked_chain(records, "acme", [OTHER], None)
    assert (chain.keys.present, chain.keys.handed_over) == (OTHER, (statement,))
    if how is Change.ROTATED:
        assert checked_chain(records, "acme", [PUBLIC], None).keys == chain.keys
    else:
        refused("adopt_forged", records, trusted=[PUBLIC])
