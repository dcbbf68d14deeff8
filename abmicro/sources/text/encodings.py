"""What a text file holds: its bytes, unpacked, and the letters they stand for."""

from __future__ import annotations

import codecs
import gzip
import zlib
from pathlib import Path
from typing import IO, cast

UTF_8, WINDOWS = "utf-8", "cp1252"
NAMES = {UTF_8: "UTF-8", WINDOWS: "Windows-1252", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
FEW = 4096
BROKEN = (OSError, EOFError, zlib.error)
"""What a file that cannot be read or unpacked raises."""


def opened(path: Path) -> IO[bytes]:
    """A file that may be packed, for its bytes."""
    return cast("IO[bytes]", gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb"))


def decoded(content: bytes) -> tuple[str, str | None]:
    """The text of a file, and the name of its encoding where that is not UTF-8.

    >>> decoded("Grün".encode("cp1252"))
    ('Grün', 'Windows-1252')
    """
    encoding = encoding_of(content) or WINDOWS
    told = None if encoding == UTF_8 else named(encoding)
    return content.decode("utf-8-sig" if encoding == UTF_8 else encoding, "replace"), told


def encoding_of(head: bytes) -> str | None:
    r"""The encoding that the first bytes of a file show; None where they are not UTF-8 either.

    >>> encoding_of("ü".encode()), encoding_of("ab".encode("utf-16-le")), encoding_of(b"\xfc")
    ('utf-8', 'utf-16-le', None)
    """
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = head[:FEW:2].count(0), head[1:FEW:2].count(0)
    if 8 * max(even, odd) > len(head[:FEW]):
        return "utf-16-be" if even > odd else "utf-16-le"
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(head)
    except UnicodeDecodeError:
        return None
    return UTF_8


def named(encoding: str) -> str:
    """The name by which people know an encoding.

    >>> named("cp1252"), named("utf-16"), named("iso8859-2")
    ('Windows-1252', 'UTF-16', 'ISO8859-2')
    """
    return NAMES.get(encoding, encoding.upper())
