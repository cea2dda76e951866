"""Editors of protections: the accounts of the one who left go, ours come, people stay."""

from operations.adopting.taking_over import editors_anew

OLD, OWN = ("tablo@old.kz", "robot@old.kz"), ("tablo@new.kz", "robot@new.kz")


def protections(*editors):
    return {
        "sheets": [
            {},
            {
                "protectedRanges": [
                    {"protectedRangeId": number, **({"editors": {"users": list(users)}} if users else {})}
                    for number, users in enumerate(editors)
                ]
            },
        ]
    }


def asked(*editors):
    requests = editors_anew(protections(*editors), ["h@x.kz", "o@x.kz"], OWN)
    return {
        request["updateProtectedRange"]["protectedRange"]["protectedRangeId"]: set(
            request["updateProtectedRange"]["protectedRange"]["editors"]["users"]
        )
        for request in requests
    }


def test_our_accounts_come_in_the_place_of_others_and_people_stay():
    assert asked(OLD, (*OLD, "H@x.kz"), (*OLD, "stranger@x.kz")) == {
        0: {*OWN},
        1: {*OWN, "h@x.kz"},
        2: {*OWN},
    }


def test_what_is_right_or_only_warns_is_left():
    assert asked(OWN, (*reversed(OWN), "h@x.kz"), ()) == {}
