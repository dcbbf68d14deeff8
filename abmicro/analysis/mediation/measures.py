"""The expert panel: measures of mediation and surrogacy, each with the assumption it rests on.

Off by default, because every one of them is easily read as a cause. The headline stays the ruler.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from abmicro import formatting
from abmicro.analysis.mediation.wording import ENDLESS, NEVER, SAYINGS, UNCLEAR, UNKNOWN
from abmicro.analysis.place import interval_at
from abmicro.analysis.results import ExpertMeasure, Interval, MeasureKind
from abmicro.frozen import frozen
from abmicro.stats.foundations.cells import JointCells
from abmicro.stats.foundations.effect import Effect
from abmicro.stats.foundations.fieller_sets import FiellerSet, Kind
from abmicro.stats.mediation.cell_rates import six_rates
from abmicro.stats.mediation.confounding import kappa_without_harm, rho_without_effect, sensitivity
from abmicro.stats.mediation.effects import mediation
from abmicro.stats.mediation.joint_tests import two_goals
from abmicro.stats.mediation.principal_stratification import principal_strata
from abmicro.stats.mediation.surrogacy import surrogate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from abmicro.experiment.model import Experiment
    from abmicro.experiment.naming.names import Names
    from abmicro.marginals.funnel_counts import FunnelCounts, OffFunnelCells
    from abmicro.marginals.marginals import Marginals

NO_FIGURE = Interval(nan, nan, nan, nan)
RHO = tuple(round(0.1 * step, 1) for step in range(-5, 9))
USUAL_RHO = 0.4
THOUSAND = 1000
KINDS: dict[Kind, MeasureKind] = {
    Kind.INTERVAL: "interval",
    Kind.RAYS: "rays",
    Kind.LINE: "line",
}


@frozen
class _Measure:
    """One measure: its figure, the words that fill its sentence, or why there is none."""

    name: str
    figure: Interval = NO_FIGURE
    kind: MeasureKind = "interval"
    p: float = nan
    words: tuple[tuple[str, str], ...] = ()
    reason: str = ""
    curve: tuple[float, ...] = ()


@frozen
class _Pair:
    """Joint cells (A treated variants + 1, 4) of one micro and one macro goal."""

    micro: str
    macro: str
    cells: NDArray[np.int64]


def expert_measures(experiment: Experiment, marginals: Marginals) -> tuple[ExpertMeasure, ...]:
    """Every measure of every pair of micro and macro goal, in each treated variant."""
    pairs = [*_on_funnel(marginals.funnel), *_off_funnel(marginals.off_funnel)]
    level = experiment.analysis.confidence
    return tuple(
        _worded(measure, variant.name, pair, level, experiment.names)
        for arm, variant in enumerate(experiment.treated, start=1)
        for pair in pairs
        for measure in _measures(pair.cells[0], pair.cells[arm], level)
    )


def _on_funnel(funnel: FunnelCounts | None) -> Iterator[_Pair]:
    if funnel is None:
        return
    units, macro = funnel.reached[:, 0], funnel.reached[:, -1]
    for at, micro in enumerate(funnel.milestones):
        reached = funnel.reached[:, at + 1]
        cells = np.stack([macro, reached - macro, 0 * macro, units - reached], axis=-1)
        yield _Pair(micro, funnel.steps[-1], cells)


def _off_funnel(off: OffFunnelCells | None) -> Iterator[_Pair]:
    if off is None:
        return
    for at, micro in enumerate(off.goals):
        yield _Pair(micro, off.macro, off.cells[:, at])


def _measures(control: Any, treated: Any, level: float) -> Iterator[_Measure]:
    """All measures of one pair, in the order of the panel."""
    yield from _together(control, treated, level)
    yield from _parts(control, treated, level)
    yield from _stand_in(control, treated, level)
    yield from _strata(control, treated)


def _together(control: Any, treated: Any, level: float) -> Iterator[_Measure]:
    found = two_goals(JointCells(treated), JointCells(control), level=level)
    of_control, of_treated = (float(one) for one in found.phi)
    words = ("control", formatting.decimal(of_control)), ("treated", formatting.decimal(of_treated))
    known = not np.isnan(found.phi).any()
    yield _Measure("phi", Interval(of_control, nan, nan, nan) if known else NO_FIGURE, words=words)
    p = float(found.p)
    yield _Measure("joint_test", kind="test", p=p, words=(("p", formatting.p_equals(p)),))


def _parts(control: Any, treated: Any, level: float) -> Iterator[_Measure]:
    found = mediation(JointCells(treated), JointCells(control), level=level)
    curve = THOUSAND * sensitivity(JointCells(treated), JointCells(control), RHO).through[0]
    yield _part("through", found.through, level, first=0, curve=tuple(map(float, curve)))
    yield _part("beside", found.beside, level, first=1)
    yield _of_set("share_through", found.share, level, at=0)
    rho = float(rho_without_effect(JointCells(treated), JointCells(control)))
    undone = Interval(rho, nan, nan, nan)
    reason = NEVER if _is_path(control, treated) else ""
    words = (("figure", formatting.decimal(rho)),)
    yield _Measure("hidden_intent", undone, words=words, reason=reason)
    if _is_path(control, treated):
        yield _innocent(control, treated)


def _is_path(control: Any, treated: Any) -> bool:
    """Whether nobody reached the macro goal without the micro goal, and some did with it."""
    return bool(control[2] == treated[2] == 0 and control[0] > 0 and treated[0] > 0)


def _innocent(control: Any, treated: Any) -> _Measure:
    """The pass-through to expect of an innocent variant, by the correlation of intents."""
    rates = six_rates(JointCells(treated), JointCells(control))
    (m0, m1), q0 = rates.micro, rates.with_micro[0]
    if not (0 < m0 < 1 and 0 < m1 < 1 and q0 < 1):
        return _Measure("innocent")
    usual, *curve = map(float, kappa_without_harm(m0, q0, m1, (USUAL_RHO, *RHO)))
    words = (("figure", formatting.decimal(usual)),)
    return _Measure("innocent", Interval(usual, nan, nan, nan), words=words, curve=tuple(curve))


def _part(
    name: str, effect: Effect, level: float, *, first: int, curve: tuple[float, ...] = ()
) -> _Measure:
    """A part of the macro difference per 1,000 units, told with the rates of one variant first."""
    scaled = Effect(*(THOUSAND * end for end in effect))
    figure, other = (interval_at(scaled, (at,), level) for at in (first, 1 - first))
    words = ("figure", formatting.change(figure)), ("other", formatting.change(other))
    return _Measure(name, figure, words=words, curve=curve)


def _stand_in(control: Any, treated: Any, level: float) -> Iterator[_Measure]:
    found = surrogate(JointCells(treated), JointCells(control), level=level)
    explained = _of_set("explained", found.explained, level)
    yield explained if found.clear else _Measure("explained", reason=UNCLEAR)
    yield _of_set("relative_effect", found.relative_effect, level)
    with np.errstate(over="ignore"):
        odds = interval_at(Effect(*(np.exp(end) for end in found.association)), (), level)
    shown = formatting.decimal(odds.estimate) if isfinite(odds.estimate) else ENDLESS
    yield _Measure("association", odds, words=(("figure", shown),))
    p = float(found.prentice.p)
    yield _Measure("prentice", kind="test", p=p, words=(("p", formatting.p_equals(p)),))


def _strata(control: Any, treated: Any) -> Iterator[_Measure]:
    found = principal_strata(JointCells(treated), JointCells(control))
    for name, bounds, shown in (
        ("movers", found.movers, formatting.rate),
        ("always", found.effect, formatting.points),
    ):
        low, high = (float(end) for end in bounds)
        words = ("low", shown(low)), ("high", shown(high))
        yield _Measure(name, Interval(nan, low, high, nan), kind="bounds", words=words)


def _of_set(name: str, found: FiellerSet, level: float, at: int | tuple[()] = ()) -> _Measure:
    """A measure that is a ratio, with its Fieller set in words."""
    estimate, low, high = (float(end[at]) for end in (found.estimate, found.low, found.high))
    if np.isnan(estimate):
        return _Measure(name)
    kind = Kind(int(found.kind[at]))
    shown = [formatting.decimal(figure) for figure in (estimate, low, high)]
    words = {
        Kind.INTERVAL: "{}, between {} and {},",
        Kind.RAYS: "{}, below {} or above {},",
        Kind.LINE: "{}, which the data do not bound at all,",
    }[kind].format(*shown)
    figure = Interval(estimate, low, high, level)
    return _Measure(name, figure, KINDS[kind], words=(("figure", words),))


def _worded(
    measure: _Measure, variant: str, pair: _Pair, level: float, names: Names
) -> ExpertMeasure:
    saying = SAYINGS[measure.name]
    words = {
        "micro": names.goal(pair.micro),
        "macro": names.goal(pair.macro),
        "variant": names.variant(variant),
        "units": names.units,
    }
    figure = measure.figure
    known = not all(np.isnan([figure.estimate, figure.low, figure.high, measure.p]))
    template = saying.sentence if known else measure.reason or UNKNOWN
    return ExpertMeasure(
        variant=variant,
        micro=pair.micro,
        macro=pair.macro,
        measure=measure.name,
        title=saying.title,
        estimate=figure.estimate,
        low=figure.low,
        high=figure.high,
        kind=measure.kind,
        level=level,
        p_value=measure.p,
        sentence=template.format(**words, **dict(measure.words)),
        warning=saying.warning.format(**words),
        rho=RHO if measure.curve else (),
        curve=measure.curve,
    )
