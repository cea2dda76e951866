"""When two spellings are one word: for comparing names, headers and values that people type, never for showing."""

from __future__ import annotations

from functools import lru_cache

UNSEEN_SIGNS = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u200b\u200c\u200d\u200e\u200f"
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b"
    "\u206c\u206d\u206e\u206f\ufe0e\ufe0f\ufeff"
)
"""Signs that take no room: soft hyphens, zero-width spaces and joiners, marks of direction, selectors."""
UNSEEN = dict.fromkeys(map(ord, UNSEEN_SIGNS))
"""For `str.translate`: drops them."""
_LOOK_ALIKES = str.maketrans("ABCEHIKMOPTXYЁ", "АВСЕНІКМОРТХУЕ")
"""Latin capitals that look like Cyrillic ones (and Ё): after it, both alphabets' spellings are one."""


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """Give the form in which two spellings of one word are equal; for comparing only, never shown."""
    return " ".join(text.translate(UNSEEN).upper().translate(_LOOK_ALIKES).split())
