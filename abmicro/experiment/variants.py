"""How units are divided: by chance into variants, by what they are into segments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

from pydantic import Strict

from abmicro.errors import Problem
from abmicro.experiment.data.mapping import TELL_VARIANT, Data
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


def too_few(variants: Sequence[Variant]) -> Problem:
    """The problem of variants with which nothing can be compared."""
    what = f"an experiment has at least two variants, not {len(variants)}"
    hint = "list the control and what it is compared with"
    if variants:
        hint += "; `abmicro health` reads traffic without a test"
    return Problem("variants", what, "E020", hint)


def check_variant_column(variants: Sequence[Variant], data: Data | None) -> Iterator[Problem]:
    """Rows of several variants say which is theirs."""
    if data is None or len(variants) == 1 or data.columns.variant is not None:
        return
    if data.shape in TELL_VARIANT and data.preset is None:
        what = f"the {data.shape} shape needs to know this column"
        yield Problem("data.columns.variant", what, "E060", 'write variant = "its name"')
