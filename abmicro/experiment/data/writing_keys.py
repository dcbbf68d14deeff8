"""Keys of `[data]` that say how cells are written: their letters and their times."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from abmicro.errors import Problem
from abmicro.experiment.field_types import Filled, said
from abmicro.experiment.strict_model import fault, shown

SIGNS = "aAbBdfHIjmMpSyYz%"
"""Letters after % that a format of times may have."""

DAYS = ({"d", "m"}, {"d", "b"}, {"d", "B"}, {"j"})


def known_encoding(text: str) -> str:
    """A validator: an encoding of text.

    >>> known_encoding("windows-1252")
    'windows-1252'
    """
    try:
        "".encode(text)
    except (LookupError, ValueError):
        what = f"{shown(text)} is no encoding of text that is known"
        hint = "write windows-1252, iso-8859-2, utf-16 or the like"
        raise fault(Problem("", what, "E016", hint)) from None
    return text


def dated(text: str) -> str:
    """A validator: a format of times, as strptime says it, that names a day.

    >>> dated("%d.%m.%Y %H:%M")
    '%d.%m.%Y %H:%M'
    """
    signs = re.findall(r"%(.?)", said(text), re.DOTALL)
    if odd := next((sign for sign in signs if not sign or sign not in SIGNS), None):
        what, hint = f"%{odd} is not known", f"known: {', '.join(f'%{one}' for one in SIGNS)}"
        raise fault(Problem("", what, "E016", hint))
    if not ({"y", "Y"} & set(signs) and any(day <= set(signs) for day in DAYS)):
        what = f"{shown(text)} names no day"
        raise fault(Problem("", what, "E016", 'write "%d.%m.%Y %H:%M" or the like'))
    return text


Encoding = Annotated[str, AfterValidator(known_encoding), Filled]
TimeFormat = Annotated[str, AfterValidator(dated), Filled]
