"""What a file is by its first bytes, where its name says something else."""

from __future__ import annotations

import re
from pathlib import Path

from abmicro.errors import Problem, SourceError
from abmicro.sources.text.encodings import BROKEN, opened
from abmicro.sources.text.workbooks import ENDINGS

MOST = 1024
AGAIN = "export the table itself, as csv or xlsx"
KINDS = (
    (rb"%PDF-", "a PDF", AGAIN),
    (rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF....WEBP|BM....\0\0\0\0", "a picture", AGAIN),
    (rb"PK\x03\x04", "a workbook or packed", "name it .xlsx, or unpack it"),
    (rb"7z\xbc\xaf|Rar!\x1a|BZh[1-9]1AY|\xfd7zXZ|\x28\xb5\x2f\xfd", "packed", "unpack it"),
    (rb"(?s:.{257})ustar", "a packed folder", "unpack it"),
    (rb"\x1f\x8b", "packed by gzip", "add .gz to its name"),
    (rb"\xd0\xcf\x11\xe0", "an old or locked workbook", "save it as .xlsx, without a password"),
    (rb"PAR1[^ -~]", "Parquet", "name it .parquet"),
    (rb"ARROW1\0|Obj\x01|ORC[^ -~]|SQLite format", "of another program", "export it as csv"),
    (rb"\{\\rtf", "a document", AGAIN),
    (rb"\s*<(?i:!doctype|html|head|body|meta|table|\?xml|!--)", "a web page or XML", AGAIN),
    (rb"\s*[\[{]\s*[{\"]", "JSON", "name it .json or .jsonl"),
)
"""Patterns of first bytes, what begins so, and what would do."""

BOOK, JSON = {"a workbook or packed", "an old or locked workbook"}, {"JSON"}
ITS_OWN = {
    **dict.fromkeys(ENDINGS, BOOK),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), JSON),
    ".parquet": {"Parquet"},
}
"""Endings and what files called so are, or what their readers tell themselves."""


def refuse_other_kinds(file: Path, where: str) -> None:
    """Raise SourceError for a file that is something else than its name says.

    where: key that names it. What cannot be opened is left to its reader.
    """
    try:
        with opened(file) as content:
            head = content.read(MOST).removeprefix(b"\xef\xbb\xbf")
    except BROKEN:
        return
    ending = file.with_suffix("").suffix if file.suffix.lower() == ".gz" else file.suffix
    own = ITS_OWN.get(ending.lower(), set())
    for pattern, kind, hint in KINDS:
        if re.match(pattern, head):
            if kind not in own:
                raise SourceError(Problem(where, f"{file.name} is {kind}", "E648", hint))
            return
