"""One carry-through finding in words: what it claims, what it rests on, what it does not say."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from abmicro import formatting
from abmicro.analysis.carry_through import wording
from abmicro.analysis.results import CarryThrough, Interval, check_name
from abmicro.design.families import planned_alpha
from abmicro.experiment.model import GoalKind
from abmicro.stats.carry_through.label import NO_EXPECTATION, NO_SIGNAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from abmicro.experiment.model import Experiment, Goal
    from abmicro.marginals.strata import Strata

WITHHELD = ("measurement_fault", "immature", "too_early", "unstable")
OPEN = ("inconclusive", "underpowered", "loss_inconclusive", "loss_underpowered")


def sentence(finding: CarryThrough, experiment: Experiment, units: int, *, shaky: bool) -> str:
    """The finding in words, with extra conversions and pass-through where they say something.

    units: of all variants. shaky: a count is so small that the posterior is told instead of the
    set.
    """
    return "".join(_parts(finding, experiment, units, shaky=shaky))


def _parts(
    finding: CarryThrough, experiment: Experiment, units: int, *, shaky: bool
) -> Iterator[str]:
    micro, macro = experiment.goal(finding.micro), experiment.goal(finding.macro)
    yield _label(finding, micro)
    if _excludes_zero(finding.macro_lift) and not _excludes_zero(finding.micro_lift):
        yield wording.MACRO_WITHOUT_MICRO.format(
            micro=micro.name, macro=macro.name, macro_lift=formatting.lift(finding.macro_lift)
        )
    if finding.label in WITHHELD:
        return
    if macro.sign < 0:
        yield wording.LESS_IS_BETTER.format(macro=macro.name)
    if finding.label in OPEN:
        yield _needs(finding, experiment, units)
    if finding.label != NO_SIGNAL:
        yield from _expected(finding)
    yield from _leaks(finding)
    yield _per_1000(finding, macro)
    yield _posterior(finding) if shaky and finding.posterior else _pass_through(finding)


def _label(finding: CarryThrough, micro: Goal) -> str:
    """What the label claims; a goal of which less is better has no gains and losses."""
    gain, loss = ("gain", "loss") if micro.sign > 0 else ("rise", "fall")
    return wording.CARRY[finding.label].format(
        micro=finding.micro,
        macro=finding.macro,
        gain=gain,
        loss=loss,
        share=share(finding.threshold),
        withheld=_listed(tuple(map(check_name, finding.withheld))),
    )


def _needs(finding: CarryThrough, experiment: Experiment, units: int) -> str:
    """The units still needed, by the planned lift and never by the observed one."""
    micro, macro = experiment.goal(finding.micro), experiment.goal(finding.macro)
    alpha = planned_alpha(experiment, macro)
    if micro.mde is None:
        return wording.NO_PLAN.format(micro=micro.name)
    if isnan(finding.units_needed):
        return ""
    planned = -micro.mde if finding.label.startswith("loss_") else micro.mde
    more = finding.units_needed - units
    told = wording.PLANNED.format(
        micro=finding.micro,
        macro=finding.macro,
        planned=formatting.percent(planned),
        power=formatting.rate(finding.planned_power),
    )
    if more <= 0:
        return told
    own = abs(alpha - experiment.analysis.alpha) < 1e-9
    return told + wording.NEEDED.format(
        power=formatting.level(experiment.plan.power),
        level="" if own else f" at a level of {formatting.level(alpha)}",
        total=formatting.count(finding.units_needed),
        more=formatting.count(more),
    )


def _expected(finding: CarryThrough) -> Iterator[str]:
    yield wording.EXPECTED.format(
        macro=finding.macro,
        expected=formatting.lift(finding.expected_macro_lift),
        macro_lift=formatting.lift(finding.macro_lift),
    )
    if finding.pass_through.kind == "interval" and finding.pass_through.low > 1:
        yield wording.MORE.format(micro=finding.micro)


def _leaks(finding: CarryThrough) -> Iterator[str]:
    if not finding.leaks:
        return
    lost = "larger" if finding.log_lifts.micro < 0 else "smaller"
    yield wording.LEAKS.format(
        variant=finding.variant,
        micro=finding.micro,
        macro=finding.macro,
        lost=lost,
        steps=_listed(finding.leaks),
    )


def _per_1000(finding: CarryThrough, macro: Goal) -> str:
    template = wording.PER_1000_VALUE if macro.is_value else wording.PER_1000
    extra = finding.extra_micro_per_1000, finding.extra_macro_per_1000
    levels = (formatting.level(one.level) for one in extra)
    return template.format(
        variant=finding.variant,
        micro=finding.micro,
        macro=finding.macro,
        extra_micro=formatting.change(finding.extra_micro_per_1000),
        extra_macro=formatting.change(finding.extra_macro_per_1000),
        level=" and ".join(dict.fromkeys(levels)),
    )


def _pass_through(finding: CarryThrough) -> str:
    ruler = finding.pass_through
    widest = max(abs(ruler.low), abs(ruler.high), 1.0)
    width = ruler.high - ruler.low if ruler.kind == "interval" else widest
    return wording.PASS_THROUGH[_kind(finding)].format(
        micro=finding.micro,
        macro=finding.macro,
        estimate=formatting.ratio(ruler.estimate, width=width),
        low=formatting.ratio(ruler.low, width=width),
        high=formatting.ratio(ruler.high, width=width),
    )


def _kind(finding: CarryThrough) -> str:
    """Which sentence the set gets; the whole line has a reason."""
    ruler = finding.pass_through
    if ruler.kind == "rays" and finding.label in (NO_SIGNAL, NO_EXPECTATION):
        return "rays"
    if ruler.kind == "interval":
        return "interval"
    if isnan(ruler.estimate):
        return "none"
    if finding.label not in (NO_SIGNAL, NO_EXPECTATION):
        return "unbounded"
    return "unexpected" if _excludes_zero(finding.micro_lift) else "line"


def _posterior(finding: CarryThrough) -> str:
    known = finding.posterior
    if known is None:
        return ""
    fell, up = known.falls, known.macro_up.value
    return wording.POSTERIOR.format(
        macro=finding.macro,
        moved="fell" if fell else "rose",
        change="loss" if fell else "gain",
        share=share(finding.threshold),
        up=formatting.probability(1 - up if fell else up),
        at_least=formatting.probability(known.at_least.value),
        full=formatting.probability(known.full.value),
        error=formatting.points(known.at_least.error).lstrip("+"),
    )


def caveat(finding: CarryThrough, micro: Goal, strata: Strata, *, shaky: bool) -> str:
    """What the finding does not say, and what it rests on: a line each."""
    names = {"micro": finding.micro, "macro": finding.macro}
    off_the_path = micro.kind is GoalKind.ACTION or finding.dilution != 1
    told = (
        wording.CAVEAT,
        wording.ASSOCIATION if off_the_path else "",
        strata.sentence.lstrip(),
        wording.SHAKY.format(**names) if shaky else "",
    )
    return "\n".join(filter(None, told))


def share(threshold: float) -> str:
    """The threshold c in words.

    >>> share(0.5), share(0.75)
    ('half', '75%')
    """
    return "half" if threshold == 0.5 else f"{100 * threshold:.3g}%"


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _excludes_zero(interval: Interval) -> bool:
    return interval.low > 0 or interval.high < 0
