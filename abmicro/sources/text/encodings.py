"""What a text file holds: its bytes, unpacked, and the letters they stand for."""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterable
from math import inf
from pathlib import Path
from typing import IO, cast

from abmicro.errors import Problem, SourceError

UTF_8, WINDOWS, MAC = "utf-8", "cp1252", "mac-roman"
NAMES = {
    UTF_8: "UTF-8",
    WINDOWS: "Windows-1252",
    MAC: "Mac Roman",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}
SPELT = re.compile(rb"[^\x00-\x7f]")
MUCH = 1_000_000
"""Bytes of lines by which letters are told."""
FEW = 4096
BROKEN = (OSError, EOFError, zlib.error)
"""What a file that cannot be read or unpacked raises."""


class LettersError(ValueError):
    """Letters that no encoding explains, or two do; says which."""


def opened(path: Path) -> IO[bytes]:
    """A file that may be packed, for its bytes."""
    return cast("IO[bytes]", gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb"))


def decoded(content: bytes) -> tuple[str, str | None]:
    """The text of a file, and the name of its encoding where that is not UTF-8.

    Raises LettersError as `single_bytes` does.

    >>> decoded("Grün".encode("cp1252")), decoded("Grün".encode("mac-roman"))
    (('Grün', 'Windows-1252'), ('Grün', 'Mac Roman'))
    """
    encoding = encoding_of(content) or single_bytes(content.splitlines())
    told = None if encoding == UTF_8 else named(encoding)
    return content.decode("utf-8-sig" if encoding == UTF_8 else encoding, "replace"), told


def single_bytes(lines: Iterable[bytes]) -> str:
    r"""The encoding in which lines that are not UTF-8 spell words: of Windows or of old Macs.

    Raises LettersError where neither has all their letters, or both spell words equally well.

    >>> single_bytes([b"Stra\xdfe"]), single_bytes([b"Stra\xa7e"]), single_bytes([b"it\x92s"])
    ('cp1252', 'mac-roman', 'cp1252')
    """
    spelt, size = [], 0
    for line in lines:
        if SPELT.search(line):
            spelt.append(line)
            size += len(line)
            if size > MUCH:
                break
    text = b"\n".join(spelt)
    odd, best = min((_oddities(text, way), way) for way in (WINDOWS, MAC))
    if FOREIGN.search(text) or 2 * odd > len(SPELT.findall(text)):
        raise LettersError(f"is not written in UTF-8, {named(WINDOWS)} or {named(MAC)}")
    if best == WINDOWS and odd == _oddities(text, MAC) and UNSURE.search(text):
        raise LettersError(f"may be written in {named(WINDOWS)} or in {named(MAC)}")
    return best


def unknown_letters(file: Path, said: object) -> SourceError:
    """The refusal of a file of whose letters something is said."""
    hint = 'name its letters with encoding = "..." in [data], or save it as UTF-8'
    return SourceError(Problem("data.encoding", f"{file.name} {said}", "E327", hint))


FOREIGN = re.compile(rb"(?s:(?!(.)\1{4})[\xa1-\xff]{5}|(?:[\x81-\x83][\x40-\xfc]){3})")
"""Bytes side by side as Cyrillic, Greek, Chinese or Japanese words have them, and no Latin ones."""
UNSURE = re.compile(rb"[\x8a\x8e\x9a\x9e\x9f](?=[a-z])|(?<=[a-z])[\x9a\x9e]")
"""Letters in both: what is š of Windows is ö of a Mac."""
BEFORE, AFTER = "‘’“„‚«‹…–—¿¡€£¥•", "’‘”“»›…–—™®©°•ªº²³"
ODD = re.compile(
    rf"(?<=[a-zß-öø-ÿ])[A-ZÀ-ÖØ-ÞŠŽŸŒ]|(?<=[^\W\d_])[À-ÖØ-ÞŠŽŸŒ](?=[a-zß-öø-ÿ])|[ˆ˜ˇﬁﬂıƒ]"
    r"|(?<=[^\W\d_])[¼½¾]|[¼½¾](?=[^\W\d_])"
    rf"|(?<=[^\W\d_])[^\x00-\x7f\w\s{AFTER}]|[^\x00-\x7f\w\s{BEFORE}](?=[^\W\d_])"
    rf"|(?<=[^\W\d_])[^\x00-\x7f\w\s’‘–—](?=[^\W\d_])|(?<=\d)[^\x00-\x7f\s’](?=\d)"
)
"""Letters and signs as no word has them: capitals within it, signs that touch it."""


def _oddities(text: bytes, encoding: str) -> float:
    """How often letters stand as in no word; infinity where the encoding lacks some of them."""
    try:
        return len(ODD.findall(text.decode(encoding)))
    except UnicodeDecodeError:
        return inf


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
