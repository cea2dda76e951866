"""Where links of cells may lead."""

import pytest

from sheets_emulator.view.links import href


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("#gid=7&range=B12", "?gid=7&range=B12"),
        ("#gid=7", "?gid=7"),
        ("#gid=7&range=b2:c9", "?gid=7&range=B2:C9"),
        ("https://example.kz/a?b=1#c", "https://example.kz/a?b=1#c"),
        ("mailto:a@b.kz", "mailto:a@b.kz"),
        ("javascript:alert(1)", ""),
        (" JavaScript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("#gid=7&range=B2&x=<", ""),
        ("//evil.test", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_a_link_leads_within_the_file_or_to_an_address_that_a_page_may_follow(uri, expected):
    assert href(uri) == expected
