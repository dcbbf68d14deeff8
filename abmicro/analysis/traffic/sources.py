"""Where visitors come from: shrunken rates of every source, and what stands out.

Nothing here says fraud: counts cannot know why visits are empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from math import nan
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from abmicro.analysis.results import Interval
from abmicro.analysis.results.traffic import SourceRate, SourceValue, TrafficSource, Word
from abmicro.analysis.traffic.words import source_sentence
from abmicro.frozen import frozen
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.proportions import wilson
from abmicro.stats.quality import chance_below, source_rates

if TYPE_CHECKING:
    from abmicro.array_types import Floats
    from abmicro.counts import Histograms
    from abmicro.experiment.model import Experiment
    from abmicro.marginals.segment_levels import Level
    from abmicro.marginals.traffic.traffic_counts import TrafficCounts


FEWEST = 30  # units, below which sources are told together
SHOWN = 10  # units behind a rate that is shown
KNOWN = 200  # units from which a source is judged
EXPECTED, ORDERS = 20, 10  # engaged units and orders that must be expected of it
SURE = 0.99
HALF = 0.5
REST = "fewer than 30 each"


@frozen(eq=False)
class SourceTable:
    """Sums over days of the S levels of one segment that have enough units, then of the rest.

    units, engaged, shallow, ordered, both: (S,). reached, passed: (S, G), (S, K). totals, squares:
    (S, M). fast: (S,) units that reached a goal within a second of entry, fast_of: that reached it;
    zeros without histograms.
    """

    segment: str
    names: tuple[str, ...]
    units: Floats
    engaged: Floats
    shallow: Floats
    ordered: Floats
    both: Floats
    reached: Floats
    passed: Floats
    totals: Floats
    squares: Floats
    fast: Floats
    fast_of: Floats


@frozen
class SourceIntervals:
    """Rates of sources at one level; the same counts are worked out once."""

    level: float
    known: dict[tuple[bytes, bytes], list[Interval]] = field(default_factory=dict)

    def of(self, reached: Floats, units: Floats) -> list[Interval]:
        """One interval per source; NaN where fewer than ten units are behind it."""
        key = reached.tobytes(), units.tobytes()
        if key not in self.known:
            self.known[key] = self._found(reached, units)
        return self.known[key]

    def _found(self, reached: Floats, units: Floats) -> list[Interval]:
        shown = units >= SHOWN
        found = np.full((3, len(units)), nan)
        if shown.any():
            rates = source_rates(Binomial(reached[shown], units[shown]), level=self.level)
            found[:, shown] = rates.rate, rates.low, rates.high
            if np.isnan(rates.common):  # nobody or everybody: no law of rates, and nothing unsure
                found[0, shown] = reached[shown] / units[shown]
        return [Interval(at, low, high, self.level) for at, low, high in found.T.tolist()]


def source_tables(traffic: TrafficCounts, histograms: Histograms | None) -> Iterator[SourceTable]:
    """One table per segment."""
    for segment in dict.fromkeys(one.segment for one in traffic.levels if one is not None):
        yield _table(traffic, segment, histograms)


def _table(traffic: TrafficCounts, segment: str, histograms: Histograms | None) -> SourceTable:
    at = [place for place, one in enumerate(traffic.levels) if one and one.segment == segment]
    units = traffic.units[at].sum(axis=1)
    levels: list[Level] = [one for place in at if (one := traffic.levels[place]) is not None]
    large = np.flatnonzero(units >= FEWEST)
    small = np.flatnonzero((units < FEWEST) & (units > 0))
    groups = [[one] for one in large.tolist()] + ([small.tolist()] if small.size else [])
    names = [levels[one].level for one in large] + [REST] * bool(small.size)

    def summed(numbers: Floats) -> Floats:
        return np.array([numbers[group].sum(axis=0) for group in groups]).reshape(
            len(groups), *numbers.shape[1:]
        )

    fast, fast_of = _fast(traffic, [one.level for one in levels], segment, histograms)
    days = (
        traffic.units, traffic.engaged, traffic.shallow, traffic.ordered, traffic.both,
        traffic.reached, traffic.passed,
    )  # fmt: skip
    return SourceTable(
        segment,
        tuple(names),
        *(summed(each[at].sum(axis=1)) for each in days),
        *map(summed, (traffic.totals[at], traffic.squares[at], fast, fast_of)),
    )


def _fast(
    traffic: TrafficCounts, names: list[str], segment: str, histograms: Histograms | None
) -> tuple[Floats, Floats]:
    """Units that reached an engaging goal within a second of entry, and all that reached it."""
    found = np.zeros((2, len(names)))
    if histograms is None or segment not in histograms.segment_names:
        return found[0], found[1]
    for goal in traffic.engaging:
        if goal in histograms.goals:
            levels, bins, units, _ = histograms.by_segment("dwell", goal, segment)
            for place, level in enumerate(levels):
                if level in names:
                    by_bin = units[:, place].sum(axis=0)
                    found[:, names.index(level)] += by_bin[bins > 0].sum(), by_bin.sum()
    return found[0], found[1]


def traffic_sources(
    experiment: Experiment, traffic: TrafficCounts, table: SourceTable, rates: SourceIntervals
) -> tuple[TrafficSource, ...]:
    """The levels of a segment, most engaged first."""
    engaged = rates.of(table.engaged, table.units)
    macro = rates.of(table.ordered, table.units)
    paid = rates.of(table.both, table.engaged)
    signals, words = signals_of(table)
    rows = []
    for at, name in enumerate(table.names):
        amounts = table.units[at], table.totals[at], table.squares[at]
        row = TrafficSource(
            segment=table.segment,
            source=name,
            units=int(table.units[at]),
            share=float(table.units[at] / table.units.sum()),
            shallow=float(table.shallow[at] / table.units[at]),
            engaged=engaged[at],
            macro=macro[at],
            macro_per_engaged=paid[at],
            values=tuple(values_per_unit(traffic.values, *amounts, rates.level)),
            word=words[at],
            signals=signals[at],
            sentence="",
        )
        rows.append(source_sentence(experiment, traffic, table, at, row))
    order = sorted(range(len(rows)), key=lambda at: -_first(engaged[at].estimate))
    return tuple(rows[at] for at in order)


def _first(rate: float) -> float:
    return -1.0 if np.isnan(rate) else rate


def values_per_unit(
    goals: tuple[str, ...], n: float, totals: Floats, squares: Floats, level: float
) -> Iterator[SourceValue]:
    """Mean amounts per unit, normal intervals; heavy tails make them too short."""
    z = float(ndtri((1 + level) / 2))
    for goal, total, square in zip(goals, totals, squares, strict=True):
        mean = total / n
        error = np.sqrt(max(square / n - mean**2, 0) / n) if n >= SHOWN else nan
        ends = mean - z * error, mean + z * error
        yield SourceValue(goal, Interval(float(mean), float(ends[0]), float(ends[1]), level))


def signals_of(table: SourceTable) -> tuple[list[tuple[str, ...]], list[Word]]:
    """What speaks against the visits of each source, and the one word that it gets."""

    def rest(numbers: Floats) -> Floats:
        return np.asarray(numbers.sum() - numbers)

    n, others = table.units, rest(table.units)
    own, theirs = Binomial(table.engaged, n), Binomial(rest(table.engaged), others)
    known = (n >= KNOWN) & (others >= KNOWN)
    enough = known & (n * theirs.reached >= EXPECTED * np.maximum(others, 1))
    judged = enough | (known & (table.engaged >= EXPECTED))
    less = chance_below(own, theirs)
    half = chance_below(own, theirs, times=HALF)
    paid = Binomial(table.both, table.engaged), Binomial(rest(table.both), rest(table.engaged))
    usual = table.engaged * paid[1].reached / np.maximum(paid[1].trials, 1)
    unpaid = (chance_below(*paid, times=HALF) > SURE) & (usual >= ORDERS)
    haste = Binomial(rest(table.fast), rest(table.fast_of)), Binomial(table.fast, table.fast_of)
    fast = (chance_below(*haste, times=HALF) > SURE) & (table.fast >= EXPECTED)
    flags = {
        "shallow": enough & (half > SURE),
        "engages_no_order": enough & (1 - less > SURE) & unpaid,
        "too_fast": known & fast,
    }
    signals = [tuple(name for name, truths in flags.items() if truths[at]) for at in range(len(n))]
    return signals, [
        _word(signals[at], judged=bool(judged[at]), less=float(less[at])) for at in range(len(n))
    ]


def _word(signals: tuple[str, ...], *, judged: bool, less: float) -> Word:
    if "engages_no_order" in signals:
        return "engages_no_order"
    if "shallow" in signals:
        return "shallow"
    if not judged:
        return "too_few"
    if 1 - less > SURE:
        return "engaged"
    return "few" if less > SURE else "usual"


def overall_rates(traffic: TrafficCounts, level: float) -> Iterator[SourceRate]:
    """Rates of goals and steps over all units, with score intervals."""
    whole = (each[0].sum(axis=0) for each in (traffic.reached, traffic.passed, traffic.units))
    for goal, of, reached, units in _columns(traffic, *whole):
        found = wilson(Binomial(reached, units), level=level)
        rate = Interval(float(found.estimate), float(found.low), float(found.high), level)
        yield SourceRate("", "", goal, of, int(reached), int(units), rate)


def goal_rates(
    traffic: TrafficCounts,
    table: SourceTable,
    rates: SourceIntervals,
    signals: Mapping[tuple[str, str], tuple[str, ...]],
) -> Iterator[SourceRate]:
    """Rates of goals and steps of every source, and step rates of the funnel.

    signals: by segment and source.
    """
    for goal, of, reached, units in _columns(traffic, table.reached, table.passed, table.units):
        found = zip(table.names, reached, units, rates.of(reached, units), strict=True)
        for name, x, n, rate in found:
            flags = signals.get((table.segment, name), ())
            yield SourceRate(table.segment, name, goal, of, int(x), int(n), rate, flags)


def _columns(
    traffic: TrafficCounts, reached: Floats, passed: Floats, units: Floats
) -> Iterator[tuple[str, str, Floats, Floats]]:
    """Goals off the funnel, its steps, then every step of those with the one before."""
    steps = traffic.steps
    for at, goal in enumerate(traffic.goals):
        if goal not in steps:
            yield goal, "", reached[..., at], units
    for at, step in enumerate(steps):
        yield step, "", passed[..., at], units
    for at, step in enumerate(steps[1:], 1):
        yield step, steps[at - 1], passed[..., at], passed[..., at - 1]
