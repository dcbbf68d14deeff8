"""Files that would grow without end while they are read, refused before anything reads them."""

from __future__ import annotations

import zlib
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from abmicro.errors import Problem, SourceError
from abmicro.sources.inspection.endless_lines import refuse_endless_lines
from abmicro.sources.text.workbooks import ENDINGS as WORKBOOKS

MOST_UNPACKED = 500_000_000
PIECE = 1 << 20
TOO_LARGE = "E661"


def refuse_endless(file: Path) -> None:
    """Raise SourceError for nothing, a workbook that is a bomb, or text without ends of lines."""
    if not file.stat().st_size:
        raise SourceError(Problem("data.source", "the file is empty", "E304", "export it again"))
    if file.suffix in WORKBOOKS:
        _refuse_bombs(file)
    else:
        refuse_endless_lines(file)


def _refuse_bombs(file: Path) -> None:
    """Raise SourceError for a workbook that unpacks to more than any that people make.

    What it says of its size is not believed: it is unpacked piece by piece, into nothing.
    """
    left = MOST_UNPACKED
    try:
        with ZipFile(file) as book:
            for part in book.infolist():
                with book.open(part) as opened:
                    while piece := opened.read(PIECE):
                        left -= len(piece)
                        if left < 0:
                            what = f"{file.name} unpacks to more than {MOST_UNPACKED // 10**6:,} MB"
                            hint = "save the one sheet you need as .csv"
                            raise SourceError(Problem("data.source", what, TOO_LARGE, hint))
    except (BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        what = f"{file.name} is no workbook that can be read: {str(error).lower()}"
        hint = "save it again as .xlsx, without a password"
        raise SourceError(Problem("data.source", what, "E325", hint)) from None
