"""Google's colours as `#rrggbb`."""

from collections.abc import Mapping
from typing import Any

from sheets_emulator.book.defaults import THEME

Json = Mapping[str, Any]
_THEME = {name: "#{:02x}{:02x}{:02x}".format(*levels) for name, levels in THEME}


def colour(style: Json | None, plain: Json | None = None) -> str | None:
    """`#rrggbb` of a ColorStyle, or of the older Color; missing channels are 0."""
    if style:
        if "themeColor" in style:
            return _THEME.get(style["themeColor"])
        plain = style.get("rgbColor", plain)
    if plain is None:
        return None
    channels = [min(255, max(0, round(float(plain.get(name, 0)) * 255))) for name in ("red", "green", "blue")]
    return "#{:02x}{:02x}{:02x}".format(*channels)
