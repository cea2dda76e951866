"""Where a cell's link leads: to another place of the spreadsheet, or out of it."""

import re
from urllib.parse import urlsplit

_INSIDE = re.compile(
    r"#gid=(?P<gid>\d{1,10})(?:&range=(?P<cells>[A-Za-z]{1,3}\d{1,8}(?::[A-Za-z]{1,3}\d{1,8})?))?"
)
_OUTSIDE = frozenset({"http", "https", "mailto"})


def href(uri: str) -> str:
    """The address for a page; '' for one that no page may follow, such as `javascript:`.

    Google writes links within a spreadsheet as `#gid=7&range=B12`.
    """
    inside = _INSIDE.fullmatch(uri.strip())
    if inside:
        cells = f"&range={inside['cells'].upper()}" if inside["cells"] else ""
        return f"?gid={inside['gid']}{cells}"
    try:
        scheme = urlsplit(uri.strip()).scheme.lower()
    except ValueError:
        return ""
    return uri.strip() if scheme in _OUTSIDE else ""
