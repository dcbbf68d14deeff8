"""Text without ends of lines, of which a reader would try every separator on all of it."""

from __future__ import annotations

from pathlib import Path

from abmicro.errors import Problem, SourceError
from abmicro.sources.text.encodings import BROKEN, opened

LONGEST_LINE, MOST_COLUMNS = 1 << 20, 2_000
TABLES = {".csv", ".tsv"}


def refuse_endless_lines(file: Path) -> None:
    """Raise SourceError for a table in text whose first line is longer than any table's names.

    A line of 10 MB once took 18 GB of memory. JSON may stand on one line and is left alone.
    """
    if not TABLES & {*file.suffixes}:
        return
    try:
        with opened(file) as content:
            line = content.readline(LONGEST_LINE)
    except BROKEN as error:
        what = f"{file.name} cannot be unpacked: {str(error).lower()}"
        raise SourceError(Problem("data.source", what, "E304", "save it again")) from None
    if len(line) == LONGEST_LINE or max(map(line.count, (b",", b";", b"\t"))) > MOST_COLUMNS:
        what = "the first line is longer than the names of a table"
        hint = "look into the file: is each row on a line of its own?"
        raise SourceError(Problem("data.source", what, "E664", hint))
