"""One carry-through finding in words: what it claims, what it rests on, what it does not say."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.carry_through import wording
from abmicro.analysis.results import CarryThrough, Interval, check_name
from abmicro.experiment.model import GoalKind
from abmicro.phrases import asked_share, brought, listed
from abmicro.stats.carry_through.label import NO_EXPECTATION, NO_SIGNAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.experiment.model import Experiment
    from abmicro.marginals.strata import Strata

WITHHELD = ("measurement_fault", "immature", "too_early", "unstable")
OPEN = ("inconclusive", "underpowered", "loss_inconclusive", "loss_underpowered")


def sentence(finding: CarryThrough, experiment: Experiment, units: int, *, shaky: bool) -> str:
    """The finding in words, with extra conversions where they say something.

    units: of all variants. shaky: a count is so small that the posterior is told too.
    """
    return "".join(_parts(finding, experiment, units, shaky=shaky))


def _parts(
    finding: CarryThrough, experiment: Experiment, units: int, *, shaky: bool
) -> Iterator[str]:
    words = _words(finding, experiment)
    yield wording.CARRY[finding.label].format(
        **words,
        share=asked_share(finding.threshold),
        withheld=listed(tuple(check_name(one, experiment.names) for one in finding.withheld)),
    )
    if finding.label in WITHHELD:
        return
    if _excludes_zero(finding.macro_lift) and not _excludes_zero(finding.micro_lift):
        yield wording.MACRO_WITHOUT_MICRO.format(
            **words, macro_change=formatting.span(finding.macro_lift, formatting.percent)
        )
    if experiment.goal(finding.macro).sign < 0:
        yield wording.LESS_IS_BETTER.format(**words)
    yield _usual(finding, experiment, words)
    if finding.label not in (NO_SIGNAL, NO_EXPECTATION):
        yield _unlike_usual(finding, words)
    if finding.label in OPEN:
        yield _needs(finding, experiment, units, words)
    yield _leaks(finding, experiment, words)
    if shaky and finding.posterior:
        yield _posterior(finding, words)


def _words(finding: CarryThrough, experiment: Experiment) -> dict[str, str]:
    """What the sentences call goals and units."""
    names = experiment.names
    return {
        "micro": names.goal(finding.micro),
        "macro": names.goal(finding.macro),
        "Micro": names.head(finding.micro),
        "Macro": names.head(finding.macro),
        "units": names.units,
        "variant": names.variant(finding.variant),
    }


def _usual(finding: CarryThrough, experiment: Experiment, words: dict[str, str]) -> str:
    """What the extra micro goals usually bring, and what they came with."""
    usual, is_value = finding.usual_macro_per_1000, experiment.goal(finding.macro).is_value
    if usual is None or isnan(usual.estimate) or finding.label in (NO_SIGNAL, NO_EXPECTATION):
        of = "of " if is_value else ""
        return wording.PER_1000.format(
            units=words["units"],
            micro=_extra(finding.extra_micro_per_1000, words["micro"]),
            macro=_extra(finding.extra_macro_per_1000, of + words["macro"]),
        )
    return f" {brought(finding, experiment.names, is_value=is_value)}"


def _extra(found: Interval, goal: str) -> str:
    """A change per 1,000 with its range: "+53 clicks (-1 to 108)"."""
    size = formatting.amount(found.estimate, width=found.high - found.low)
    return f"{size} {goal} ({formatting.span(found, formatting.amount)})"


def _unlike_usual(finding: CarryThrough, words: dict[str, str]) -> str:
    """That clearly more came than is usual, or that no share of it can be told."""
    ruler = finding.pass_through
    if ruler.kind != "interval":
        return "" if finding.label in OPEN or isnan(ruler.estimate) else wording.UNBOUNDED
    if ruler.low <= 1:
        return ""
    more = wording.MORE_LOSS if finding.log_lifts.micro < 0 else wording.MORE
    return more.format(**words)


def _needs(finding: CarryThrough, experiment: Experiment, units: int, words: dict[str, str]) -> str:
    """The units still needed, by the planned lift and never by the observed one."""
    mde = experiment.goal(finding.micro).mde
    if mde is None:
        return wording.NO_PLAN.format(**words)
    more = finding.units_needed - units
    if isnan(more) or more <= 0:
        return ""
    planned, shown = formatting.level(mde), formatting.about(more)
    return wording.NEEDED.format(**words, planned=planned, more=shown)


def _leaks(finding: CarryThrough, experiment: Experiment, words: dict[str, str]) -> str:
    if not finding.leaks:
        return ""
    return wording.LEAKS.format(
        **words,
        lost="more" if finding.log_lifts.micro < 0 else "fewer",
        steps=listed(tuple(map(experiment.names.goal, finding.leaks))),
    )


def _posterior(finding: CarryThrough, words: dict[str, str]) -> str:
    known = finding.posterior
    if known is None:
        return ""
    up = known.macro_up.value
    return wording.POSTERIOR.format(
        **words,
        moved="fell" if known.falls else "rose",
        share=asked_share(finding.threshold),
        up=formatting.probability(1 - up if known.falls else up),
        at_least=formatting.probability(known.at_least.value),
        full=formatting.probability(known.full.value),
    )


def caveat(finding: CarryThrough, experiment: Experiment, strata: Strata, *, shaky: bool) -> str:
    """What the finding does not say, and what it rests on: a line each."""
    off_the_path = experiment.goal(finding.micro).kind is GoalKind.ACTION or finding.dilution != 1
    told = (
        wording.CAVEAT,
        wording.ASSOCIATION if off_the_path else "",
        strata.sentence.lstrip(),
        wording.SHAKY.format(**_words(finding, experiment)) if shaky else "",
    )
    return "\n".join(filter(None, told))


def _excludes_zero(interval: Interval) -> bool:
    return interval.low > 0 or interval.high < 0
