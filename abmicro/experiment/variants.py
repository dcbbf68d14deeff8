"""How units are divided: by chance into variants, by what they are into segments."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Strict

from abmicro.experiment.field_types import Name, Positive, Text
from abmicro.experiment.strict_model import StrictModel


class Variant(StrictModel):
    """A variant: its name and the share of units it is meant to get, a fraction.

    label: what people read in place of the name, e.g. "Today's page"; default the name.

    >>> Variant(name="sticky", share=0.5).share
    0.5
    """

    toml_table: ClassVar[str] = "variants.allocation"
    heading: ClassVar[frozenset[str]] = frozenset({"name", "share"})

    name: Name
    share: Positive
    label: str = ""


class Segment(StrictModel):
    """A trait of the unit at its first exposure: the name used in reports and its column.

    name: as reports show it.
    column: the column that holds it.
    known_before: whether it is known before units are assigned, so that no variant can change what
        is recorded. Only then may the variants be compared within its levels.

    >>> Segment(name="device", column="device_category").name
    'device'
    """

    toml_table: ClassVar[str] = "segments"
    heading: ClassVar[frozenset[str]] = frozenset({"name", "column"})

    name: Name
    column: Text
    known_before: Annotated[bool, Strict()] = False
