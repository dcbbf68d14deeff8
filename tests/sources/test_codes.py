"""Every code that sources and counts raise has a meaning, and every meaning is raised somewhere."""

from __future__ import annotations

import re
from pathlib import Path

from abmicro import atomic_files, counts, sources
from abmicro.counts.codes import CODES as OF_COUNTS
from abmicro.sources.codes import CODES as OF_SOURCES


def test_every_code_raised_has_a_meaning_and_every_meaning_is_raised():
    folders = [Path(room.__file__).parent for room in (counts, sources)]
    modules = [path for folder in folders for path in folder.rglob("*.py")]
    texts = [path.read_text(encoding="utf-8") for path in modules if path.name != "codes.py"]
    texts.append(Path(atomic_files.__file__).read_text(encoding="utf-8"))
    raised = {code for text in texts for code in re.findall(r'"(E[345]\d\d)"', text)}
    assert raised == {*OF_COUNTS, *OF_SOURCES}
