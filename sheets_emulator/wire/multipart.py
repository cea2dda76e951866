"""Multipart bodies (RFC 2046), taken apart byte for byte: uploads with metadata, and batches of requests."""

from __future__ import annotations

import re

Part = tuple[dict[str, str], bytes]


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a Content-Type names, None where it names none."""
    match = re.search(r'boundary=(?:"([^"]+)"|([^\s;]+))', content_type)
    return (match[1] or match[2]).encode("latin-1", "replace") if match else None


def parts_of(body: bytes, boundary: bytes) -> list[Part]:
    """(headers with names in lower case, content) of each part; line ends may be CR LF or LF."""
    pieces = re.split(rb"(?:^|\r?\n)--" + re.escape(boundary) + rb"(?:--)?[ \t]*(?=\r?\n|$)", body)
    return [headers_and_content(re.sub(rb"^\r?\n", b"", piece, count=1)) for piece in pieces[1:-1]]


def headers_and_content(part: bytes) -> Part:
    """The first empty line ends the headers; the content's own line ends stay as they are."""
    if part.startswith((b"\r\n", b"\n")):
        return {}, re.sub(rb"^\r?\n", b"", part, count=1)
    head, *rest = re.split(rb"\r?\n\r?\n", part, maxsplit=1)
    lines = (line.partition(":") for line in head.decode("latin-1").splitlines())
    return {name.strip().lower(): value.strip() for name, _, value in lines}, rest[0] if rest else b""
