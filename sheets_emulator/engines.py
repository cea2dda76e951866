"""The packages that only the emulator needs, the extra `emulator` of pyproject.toml: which of them are not installed."""

from importlib.util import find_spec

# As they are imported, beside the name under which they are installed.
PACKAGES = {
    "fontpkg_noto_sans": "fontpkg-noto-sans",
    "httpx": "httpx",
    "ironcalc": "ironcalc",
    "jinja2": "jinja2",
    "jwt": "pyjwt",
    "regex": "regex",
    "reportlab": "reportlab",
    "starlette": "starlette",
    "uvicorn": "uvicorn",
}


def missing() -> list[str]:
    """The packages that are not there, as they are installed, by name; nothing is imported."""
    return sorted(package for module, package in PACKAGES.items() if find_spec(module) is None)
