"""Roles read from permissions: what the deploy's own table sets is read back, and where it does not tell, it is asked."""

import pytest

from kpi_rules.errors import RefusedError
from operations.adopting.people import People, people_of
from sheets_sync.schema.access import Accounts, FileKind, wanted_permissions

KINDS = (FileKind.WORKBOOK, FileKind.PAYROLL, FileKind.ARCHIVE)
SYSTEM = ("creator@x.kz", "worker@x.kz")


def permissions(accounts, **more):
    """What the deploy sets, the creator as owner of each file."""
    return {
        kind: [
            {"type": "user", "emailAddress": grant.email.upper(), "role": grant.role}
            for grant in wanted_permissions(kind, accounts)
        ]
        + [
            {"type": "user", "emailAddress": "boss@x.kz", "role": "owner"},
            {"type": "anyone", "role": "reader"},
        ]
        + list(more.get(kind.value, ()))
        for kind in KINDS
    }


def everybody(**changes):
    roles = {
        "managers": ("a@x.kz", "b@x.kz"),
        "heads": ("h@x.kz",),
        "accountants": ("c@x.kz",),
        "owners": ("o@x.kz",),
    }
    return Accounts(SYSTEM, **{**roles, **changes})


def test_what_a_deploy_has_set_is_read_back():
    assert people_of(permissions(everybody()), People()) == People(
        "h@x.kz", "o@x.kz", "c@x.kz", ("a@x.kz", "b@x.kz")
    )


def test_head_and_owner_may_be_one_person_and_there_may_be_no_manager():
    found = people_of(permissions(everybody(owners=("h@x.kz",), managers=())), People())
    assert found == People("h@x.kz", "h@x.kz", "c@x.kz", ())


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"heads": ("h@x.kz", "h2@x.kz")}, "--head"),
        ({"heads": ()}, "--head"),
        ({"owners": ("o@x.kz", "o2@x.kz")}, "--owner"),
        ({"accountants": ()}, "--accountant"),
        ({"accountants": ("c@x.kz", "c2@x.kz")}, "--accountant"),
    ],
)
def test_a_role_of_nobody_or_of_several_is_asked_for_and_what_is_told_holds(changes, option):
    with pytest.raises(RefusedError) as failed:
        people_of(permissions(everybody(**changes)), People())
    assert (failed.value.code, failed.value.params["option"]) == ("adopt_people_unsure", option)
    found = people_of(permissions(everybody(**changes)), People("H9@x.kz", "o9@x.kz", "c9@x.kz", ("M@x.kz",)))
    assert found == People("h9@x.kz", "o9@x.kz", "c9@x.kz", ("m@x.kz",))


def test_strangers_who_can_open_one_file_alone_are_nobody():
    stranger = [{"type": "user", "emailAddress": "s@x.kz", "role": "writer"}]
    assert people_of(permissions(everybody(), workbook=stranger), People()).managers == ("a@x.kz", "b@x.kz")
