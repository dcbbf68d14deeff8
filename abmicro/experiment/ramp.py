"""A ramp: shares of the variants that change on days that are known beforehand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from math import fsum
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator

from abmicro.errors import DefinitionError, Problem, suggest
from abmicro.experiment.data.mapping import Data, Shape
from abmicro.experiment.field_types import Day
from abmicro.experiment.file.toml_text import key
from abmicro.experiment.shorthand import scaled
from abmicro.experiment.strict_model import StrictModel, fault, shown
from abmicro.experiment.variants import Variant

RAMP = "variants.ramp"
_FORM = "write { control = 0.5, new = 0.5 }"


def _as_pairs(allocation: Any) -> Any:
    """Pairs of variant and share from a mapping, each a sound variant."""
    try:
        pairs = tuple(scaled(allocation).items() if isinstance(allocation, Mapping) else allocation)
        named = [(str(variant), share) for variant, share in pairs]
    except (TypeError, ValueError):
        what = f"{shown(allocation)} is not a table of shares"
        raise fault(Problem("", what, "E013", _FORM)) from None
    problems = [problem for variant, share in named for problem in _unsound(variant, share)]
    if problems:
        raise fault(*problems)
    return tuple((variant, float(share)) for variant, share in named)


def _unsound(variant: str, share: Any) -> Iterator[Problem]:
    """What is wrong with a variant of a phase, which may get no share in it."""
    none = share == 0 and not isinstance(share, bool)
    try:
        Variant(name=variant, share=1 if none else share)
    except DefinitionError as error:
        for one in error.problems:
            yield Problem(key(variant), one.what, one.code, one.hint)


class Phase(StrictModel):
    """Shares of the variants among the units that enter from a day on.

    since: first day of the phase; the one before ends there.
    allocation: pairs of variant and share, 0 where a variant gets no units in the phase.

    >>> Phase(since="2026-10-08", allocation={"control": 0.5, "sticky": 0.5}).allocation
    (('control', 0.5), ('sticky', 0.5))
    """

    toml_table: ClassVar[str] = RAMP

    since: Day
    allocation: Annotated[tuple[tuple[str, float], ...], BeforeValidator(_as_pairs)]


def phase_on(day: date | None, ramp: Sequence[Phase]) -> int:
    """The number of the phase of a day; 0, that before the ramp, where the day is not known.

    >>> ramp = [Phase(since="2026-10-08", allocation={"a": 0.5, "b": 0.5})]
    >>> phase_on(date(2026, 10, 7), ramp), phase_on(date(2026, 10, 8), ramp)
    (0, 1)
    """
    return 0 if day is None else bisect_right([phase.since for phase in ramp], day)


def shares_of_phases(
    variants: Sequence[Variant], ramp: Sequence[Phase]
) -> tuple[tuple[float, ...], ...]:
    """The shares of the variants in every phase, beginning with that before the ramp."""
    first = tuple(variant.share for variant in variants)
    later = (dict(phase.allocation) for phase in ramp)
    return (first, *(tuple(shares[variant.name] for variant in variants) for shares in later))


def check_ramp(
    ramp: Sequence[Phase],
    variants: Sequence[Variant],
    calendar: tuple[date | None, date | None],
    data: Data | None,
) -> Iterator[Problem]:
    """Every phase lies within the dates, after the one before, and divides all units."""
    start, end = calendar
    for at, phase in enumerate(ramp):
        where = f"{RAMP}[{at}]"
        if (start is not None and phase.since <= start) or (end is not None and phase.since >= end):
            what = f"{phase.since} is not between the first day and the end"
            hint = "shares that hold from the first day on stand in [variants] allocation"
            yield Problem(f"{where}.since", what, "E026", hint)
        yield from _check_shares(f"{where}.allocation", dict(phase.allocation), variants)
    for at, (one, other) in enumerate(pairwise(ramp), start=1):
        if other.since <= one.since:
            what = f"{other.since} is not after {one.since}, the phase before"
            yield Problem(f"{RAMP}[{at}].since", what, "E026", "write phases in their order")
    daily = data is None or data.shape not in {Shape.UNITS, Shape.COUNTS} or data.columns.period
    if ramp and not daily:
        what = "a ramp needs to know on which day units entered"
        hint = 'write period = "its name"'
        yield Problem("data.columns.period", what, "E060", hint)


def _check_shares(
    where: str, shares: Mapping[str, float], variants: Sequence[Variant]
) -> Iterator[Problem]:
    names = [variant.name for variant in variants]
    for arm in shares:
        if names and arm not in names:
            what = f"{arm!r} is not a variant"
            yield Problem(f"{where}.{key(arm)}", what, "E027", suggest(arm, names))
    if missing := [name for name in names if name not in shares]:
        what = f"says nothing of {', '.join(missing)}"
        yield Problem(where, what, "E027", "give every variant a share, 0 where it gets no units")
    elif abs(fsum(shares.values()) - 1) > 1e-9:
        what = f"the shares add up to {fsum(shares.values()):.10g}, not to 1"
        yield Problem(where, what, "E021", "write fractions, e.g. 0.5 for 50 %")
