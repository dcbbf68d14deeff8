"""Every code that planning raises has a meaning somewhere, and its own are raised."""

from __future__ import annotations

import re
from pathlib import Path

from abmicro import planning
from abmicro.experiment.codes import CODES as OF_DEFINITIONS
from abmicro.planning.codes import CODES


def test_every_code_raised_has_a_meaning_and_every_meaning_is_raised() -> None:
    modules = (path for path in Path(planning.__file__).parent.glob("*.py"))
    texts = [path.read_text(encoding="utf-8") for path in modules if path.name != "codes.py"]
    raised = {code for text in texts for code in re.findall(r'"(E\d{3})"', text)}
    assert raised - set(OF_DEFINITIONS) == set(CODES)
