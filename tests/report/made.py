"""Analyses made by hand, for tests of rendering only.

The counts of `hillstrom` are those of the MineThatData challenge; all intervals here come from
large-sample textbook formulas, not from the product's own statistics, and prove nothing about it.
Each is made once: they are frozen, and tests that want another one replace its fields.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import erfc, exp, inf, log, nan, pi, sqrt

from abmicro.analysis.results import (
    Absent,
    Analysis,
    CarryThrough,
    Check,
    Credible,
    GoalResult,
    Interval,
    LedgerLine,
    Level,
    LogLifts,
    NonInferiority,
    Pair,
    PassThroughSet,
    Provenance,
    StepResult,
    Verdict,
)
from abmicro.experiment.model import Experiment, Funnel, Goal, Segment, Variant

from . import made_bayes

Z = 1.959963984540054
LEVEL = 0.95
SCRIPT = "<script>alert(1)</script>"
SQL = '"; DROP TABLE x; --'
EMOJI = "🛒 basket 🎉"
RTL = "سلة التسوق"
LONG = "a goal with a name that nobody should choose " * 5


def analysis(
    experiment: Experiment,
    counts: dict[str, list[int]],
    *,
    levels: tuple[Level, ...] = (),
    days: int | None = 28,
) -> Analysis:
    """An analysis of nested counts: per arm the units, then the units that reached each goal."""
    steps = [goal for goal in experiment.goals if not goal.is_value]
    control, *treated = counts.values()
    arms = list(zip((arm.name for arm in experiment.treated), treated, strict=True))
    rows = [
        _goal(goal, name, None, (control[0], arm[0]), (control[at], arm[at]))
        for name, arm in arms
        for at, goal in enumerate(steps, start=1)
    ]
    rows += [
        _goal(goal, name, level, (control[0] // 2, arm[0] // 2), (control[at] // 2, arm[at] // 3))
        for level in levels
        for name, arm in arms
        for at, goal in enumerate(steps, start=1)
    ]
    funnel = [
        _step(name, goal.name, control, arm, at)
        for name, arm in arms
        for at, goal in enumerate(steps, start=1)
    ]
    carry = [
        _carry(name, goal.name, steps[-1].name, control, arm, at)
        for name, arm in arms
        for at, goal in enumerate(steps[:-1], start=1)
    ]
    total = sum(arm[0] for arm in counts.values())
    made = Analysis(
        experiment=experiment,
        provenance=_provenance(total, days),
        checks=_checks(total),
        ledger=_ledger(total),
        goals=tuple(rows),
        funnel=tuple(funnel),
        carry_through=tuple(carry),
        verdicts=tuple(_verdict(name, rows) for name, _ in arms),
    )
    return replace(made, bayes=made_bayes.view(made))


@cache
def hillstrom() -> Analysis:
    """Three arms of real counts: the e-mails bring visits, and the visits bring orders."""
    experiment = Experiment(
        name="E-mail campaign for men's or women's merchandise",
        key="hillstrom",
        hypothesis="An e-mail brings customers to the site, and orders follow.",
        variants=_arms("No E-Mail", "Mens E-Mail", "Womens E-Mail"),
        goals=(
            Goal(name="visit", kind="milestone", role="primary", mde=0.05),
            Goal(name="conversion", kind="macro", mde=0.1),
            Goal(name="spend", kind="macro", role="guardrail", value="spend", margin=0.02),
        ),
        funnel=Funnel(steps=("visit", "conversion")),
        segments=(Segment(name="channel", column="channel"),),
    )
    counts = {
        "No E-Mail": [21306, 2262, 122],
        "Mens E-Mail": [21307, 3894, 267],
        "Womens E-Mail": [21387, 3238, 189],
    }
    levels = tuple(Level("channel", name) for name in ("Phone", "Web", "Multichannel"))
    made = analysis(experiment, counts, levels=levels, days=14)
    spend = tuple(
        _spend(name, mean, low, high)
        for name, mean, low, high in (
            ("Mens E-Mail", 1.4226, 0.483, 1.057),
            ("Womens E-Mail", 1.0772, 0.1705, 0.6784),
        )
    )
    first_cell = next(at for at, goal in enumerate(made.goals) if goal.segment is not None)
    return replace(made, goals=(*made.goals[:first_cell], *spend, *made.goals[first_cell:]))


@cache
def two_arms() -> Analysis:
    """Carry-through golden G1: basket up, orders not known yet."""
    experiment = Experiment(
        name="Sticky add-to-basket button on product pages",
        key="pdp-sticky-cta",
        hypothesis="A button that stays in view raises basket adds, and orders follow.",
        variants=_arms("control", "sticky"),
        goals=(
            Goal(name="add_to_cart", kind="milestone", role="primary", mde=0.05),
            Goal(name="begin_checkout", kind="milestone"),
            Goal(name="purchase", kind="macro", mde=0.03),
        ),
        funnel=Funnel(steps=("add_to_cart", "begin_checkout", "purchase")),
    )
    counts = {"control": [24310, 2917, 1458, 729], "sticky": [24187, 3217, 1544, 756]}
    made = analysis(experiment, counts)
    verdict = Verdict(
        "sticky",
        "keep_running",
        (
            "add_to_cart rose by +10.8% (5.8% to 16.2%), but purchase may have changed by "
            "-5.7% to +15.2%, so nobody can tell yet whether the gain arrived.",
        ),
        "37,000 more units per variant (about 6 weeks) would settle whether at least half arrived.",
    )
    return replace(made, verdicts=(verdict,))


@cache
def failed() -> Analysis:
    """The same with arms of unequal size, which a failed check reports."""
    made = two_arms()
    check = Check(
        "sample_ratio",
        "fail",
        2.4e-7,
        0.001,
        "The variants hold 24,310 and 23,187 units where equal shares were planned (p <0.001).",
        "Look for redirects, crashes or bots that reach one variant only; do not read the results.",
    )
    verdict = Verdict(
        "sticky",
        "do_not_trust_yet",
        ("The sample ratio check failed (p <0.001).",),
        "Finding and mending the cause of the unequal variants, then running again.",
    )
    withheld = tuple(
        replace(one, label="measurement_fault", withheld=("sample_ratio",))
        for one in made.carry_through
    )
    return replace(
        made, checks=(check, *made.checks[1:]), verdicts=(verdict,), carry_through=withheld
    )


@cache
def monster() -> Analysis:
    """Twelve goals, six arms."""
    names = [f"step_{at:02d}_of_the_long_checkout" for at in range(1, 12)]
    goals = [
        Goal(name=name, kind="milestone", role="primary" if at == 0 else "secondary")
        for at, name in enumerate(names)
    ]
    arms = ("control", *(f"variant {letter}" for letter in "BCDEF"))
    experiment = Experiment(
        name="Six checkouts",
        key="six-checkouts",
        variants=_arms(*arms),
        goals=(*goals, Goal(name="order", kind="macro")),
        funnel=Funnel(steps=(*names, "order")),
    )
    counts = {
        arm: [50000 + 10 * at, *(int(30000 * 0.8**k * (1 + 0.02 * at)) for k in range(12))]
        for at, arm in enumerate(arms)
    }
    return analysis(experiment, counts)


@cache
def large() -> Analysis:
    """Eight goals, three treated arms, four segments of three levels."""
    whole = monster()
    arms = whole.experiment.variants[:4]
    goals = (*whole.experiment.goals[:7], whole.experiment.goals[-1])
    experiment = Experiment(
        name="As large as reports get",
        variants=_arms(*(arm.name for arm in arms)),
        goals=goals,
        funnel=Funnel(steps=tuple(goal.name for goal in goals)),
    )
    counts = {
        arm.name: [50000, *(int(30000 * 0.8**k * (1 + 0.02 * at)) for k in range(8))]
        for at, arm in enumerate(arms)
    }
    names = ("device", "source", "country", "customer")
    levels = tuple(Level(name, f"level {at}") for name in names for at in range(3))
    return analysis(experiment, counts, levels=levels)


@cache
def hostile() -> Analysis:
    """Names that would break a careless page, table or spreadsheet."""
    experiment = Experiment(
        name=SCRIPT + " & <b>bold</b>",
        key="hostile",
        hypothesis="=HYPERLINK(1)",
        variants=_arms("=cmd|' /C calc'!A0", SQL, RTL),
        goals=(
            Goal(name=SCRIPT, kind="milestone", role="primary"),
            Goal(name=EMOJI, kind="milestone"),
            Goal(name=LONG[:200], kind="milestone"),
            Goal(name="$\\alpha_{1}$ | _x_ `y`", kind="milestone"),
            Goal(name="+sum(A1:A9)", kind="macro"),
        ),
    )
    counts = {
        "c": [9000, 5000, 3000, 2000, 1000, 500],
        "t": [9000, 5300, 3100, 2050, 1100, 470],
        "u": [9000, 5000, 3000, 2010, 1007, 530],
    }
    levels = (Level(SCRIPT, EMOJI), Level(SCRIPT, "@risk"))
    return analysis(experiment, counts, levels=levels)


@cache
def unbounded() -> Analysis:
    """No control orders at all: infinite lifts, missing numbers, rays and the whole line."""
    made = two_arms()
    endless = Interval(inf, 0.12, inf, LEVEL)
    missing = Interval(nan, nan, nan, LEVEL)
    goals = list(made.goals)
    goals[1] = replace(goals[1], rate=Pair(0.0, 0.02), lift=endless, probability_better=0.99999)
    goals[2] = replace(
        goals[2],
        rate=Pair(nan, nan),
        difference=missing,
        lift=missing,
        p_value=nan,
        adjusted_p_value=nan,
        probability_better=nan,
        expected_loss=nan,
        credible=None,
        note="no unit of either variant was exposed long enough",
    )
    rays = PassThroughSet(0.4, "rays", -10.827, 3.380, LEVEL)
    line = PassThroughSet(0.4, "line", -inf, inf, LEVEL)
    carry = (
        replace(made.carry_through[0], label="no_micro_signal", pass_through=rays),
        replace(
            made.carry_through[1],
            label="no_micro_signal",
            pass_through=line,
            macro_lift=Interval(inf, -1.0, inf, LEVEL),
            extra_macro_per_1000=missing,
        ),
    )
    funnel = (
        *made.funnel[:2],
        replace(
            made.funnel[2], lift=missing, cumulative=endless, per_1000=missing, note="no orders"
        ),
    )
    return replace(
        made,
        goals=tuple(goals),
        carry_through=carry,
        funnel=funnel,
        provenance=replace(made.provenance, days=None, rows_read=None),
        absent=(Absent("segments", "the file names no segments"),),
    )


def sizes(lift: float, *, units: int = 1_000_000) -> Analysis:
    """Two arms whose goals rise by `lift`, from 0.001 (0.1 %) to 9 (900 %)."""
    made = two_arms().experiment
    control = [units, units // 20, units // 40, units // 80]
    treated = [units, *(round(count * (1 + lift)) for count in control[1:])]
    return analysis(made, {"control": control, "sticky": treated})


@cache
def small() -> Analysis:
    """One micro goal and nothing to carry to: no macro, hence no carry-through panel."""
    experiment = Experiment(
        name="One goal only",
        key="one-goal",
        variants=_arms("A", "B"),
        goals=(Goal(name="sign_up", kind="action", role="primary"),),
    )
    made = analysis(experiment, {"A": [500, 40], "B": [510, 44]}, days=None)
    return replace(
        made,
        funnel=(),
        carry_through=(),
        absent=(
            Absent("carry_through", "the file defines no macro goal"),
            Absent("funnel", "a funnel needs a milestone and a macro goal"),
        ),
    )


MADE = {
    "hillstrom": hillstrom,
    "two_arms": two_arms,
    "failed": failed,
    "monster": monster,
    "hostile": hostile,
    "unbounded": unbounded,
    "tiny": lambda: sizes(0.001, units=10_000_000),
    "huge": lambda: sizes(9.0, units=4000),
    "small": small,
}


def every() -> dict[str, Analysis]:
    """All of them by name."""
    return {name: make() for name, make in MADE.items()}


def _arms(*names: str) -> tuple[Variant, ...]:
    return tuple(Variant(name=name, share=1 / len(names)) for name in names)


def _normal(z: float) -> float:
    return erfc(-z / sqrt(2)) / 2


def _around(estimate: float, se: float) -> Interval:
    return Interval(estimate, estimate - Z * se, estimate + Z * se, LEVEL)


def _relative(log_lift: float, se: float) -> Interval:
    low, high = log_lift - Z * se, log_lift + Z * se
    return Interval(exp(log_lift) - 1, exp(low) - 1, exp(high) - 1, LEVEL)


def _log_lift(control: int, treated: int, units: tuple[int, int]) -> tuple[float, float]:
    """Log ratio of two rates and its variance."""
    (n0, n1) = units
    return log(treated / n1) - log(control / n0), 1 / treated - 1 / n1 + 1 / control - 1 / n0


def _goal(
    goal: Goal, variant: str, level: Level | None, units: tuple[int, int], reached: tuple[int, int]
) -> GoalResult:
    rates = Pair(reached[0] / units[0], reached[1] / units[1])
    gap = rates.treated - rates.control
    se = sqrt(
        rates.control * (1 - rates.control) / units[0]
        + rates.treated * (1 - rates.treated) / units[1]
    )
    size, variance = _log_lift(*reached, units)
    difference, lift = _around(gap, se), _relative(size, sqrt(variance))
    p = 2 * _normal(-abs(gap) / se)
    density = exp(-((gap / se) ** 2) / 2) / sqrt(2 * pi)
    return GoalResult(
        goal=goal.name,
        kind=goal.kind.value,
        role=goal.role.value,
        direction=goal.direction.value,
        variant=variant,
        segment=level,
        is_value=False,
        units=Pair(*units),
        reached=Pair(*reached),
        rate=rates,
        difference=difference,
        lift=lift,
        p_value=p,
        adjusted_p_value=min(1.0, 2 * p),
        method="Miettinen-Nurminen score",
        probability_better=_normal(gap / se),
        expected_loss=max(se * density - gap * _normal(-gap / se), 0.0),
        credible=Credible(difference, lift),
        noninferiority=None,
        loss_of_control=max(se * density + gap * _normal(gap / se), 0.0),
    )


def _spend(variant: str, mean: float, low: float, high: float) -> GoalResult:
    control = 0.6528
    lift = Interval((mean - control) / control, low / control, high / control, LEVEL)
    return GoalResult(
        goal="spend",
        kind="macro",
        role="guardrail",
        direction="up",
        variant=variant,
        segment=None,
        is_value=True,
        units=Pair(21306, 21307),
        reached=None,
        rate=Pair(control, mean),
        difference=Interval(mean - control, low, high, LEVEL),
        lift=lift,
        p_value=1e-7,
        adjusted_p_value=1e-7,
        method="Welch; lift by Fieller",
        probability_better=nan,
        expected_loss=nan,
        credible=None,
        noninferiority=NonInferiority(0.02, lift, 1e-9, "held"),
    )


def _step(variant: str, step: str, control: list[int], treated: list[int], at: int) -> StepResult:
    here, before = Pair(control[at], treated[at]), Pair(control[at - 1], treated[at - 1])
    size, variance = _log_lift(control[at], treated[at], (control[at - 1], treated[at - 1]))
    whole, spread = _log_lift(control[at], treated[at], (control[0], treated[0]))
    y0, y1 = control[-1] / control[0], treated[-1] / treated[0]
    scale = 1000 * ((y1 - y0) / log(y1 / y0) if y1 != y0 else y0)
    return StepResult(
        variant=variant,
        step=step,
        units=Pair(control[0], treated[0]),
        reached=here,
        step_rate=Pair(here.control / before.control, here.treated / before.treated),
        log_lift=size,
        se=sqrt(variance),
        low=size - Z * sqrt(variance),
        high=size + Z * sqrt(variance),
        lift=_relative(size, sqrt(variance)),
        cumulative=_relative(whole, sqrt(spread)),
        p_value=2 * _normal(-abs(size) / sqrt(variance)) if variance > 0 else nan,
        per_1000=_around(scale * size, scale * sqrt(variance)),
        came=before,
    )


def _carry(
    variant: str, micro: str, macro: str, control: list[int], treated: list[int], at: int
) -> CarryThrough:
    units = (control[0], treated[0])
    micro_size, var_micro = _log_lift(control[at], treated[at], units)
    macro_size, var_macro = _log_lift(control[-1], treated[-1], units)
    through = _fieller(micro_size, macro_size, var_micro, var_macro)
    gain = [1000 * (treated[k] / units[1] - control[k] / units[0]) for k in (at, len(control) - 1)]
    label = _label(through, micro_size, var_micro)
    return CarryThrough(
        variant=variant,
        micro=micro,
        macro=macro,
        label=label,
        threshold=0.5,
        micro_lift=_relative(micro_size, sqrt(var_micro)),
        macro_lift=_relative(macro_size, sqrt(var_macro)),
        expected_macro_lift=_relative(micro_size, sqrt(var_micro)),
        dilution=1.0,
        pass_through=through,
        log_lifts=LogLifts(micro_size, macro_size, var_micro, var_macro, var_micro),
        extra_micro_per_1000=_around(gain[0], abs(gain[0]) / 4 + 1),
        extra_macro_per_1000=_around(gain[1], abs(gain[1]) / 4 + 0.5),
        sentence=f"The change in {micro} was followed by {macro} as the ruler shows.",
        caveat="The pass-through describes this test; the macro lift per unit is the "
        "randomised answer.",
        usual_macro_per_1000=_around(gain[0] * control[-1] / control[at], abs(gain[0]) / 40 + 0.1),
    )


def _fieller(micro: float, macro: float, var_micro: float, var_macro: float) -> PassThroughSet:
    a = micro**2 - Z**2 * var_micro
    b = micro * macro - Z**2 * var_micro
    e = macro**2 - Z**2 * var_macro
    root = b * b - a * e
    estimate = macro / micro if micro else nan
    if root <= 0 or a == 0:
        return PassThroughSet(estimate, "line", -inf, inf, LEVEL)
    low, high = sorted(((b - sqrt(root)) / a, (b + sqrt(root)) / a))
    return PassThroughSet(estimate, "interval" if a > 0 else "rays", low, high, LEVEL)


def _label(through: PassThroughSet, micro: float, var_micro: float) -> str:
    if abs(micro) <= Z * sqrt(var_micro):
        return "no_micro_signal"
    prefix = "" if micro > 0 else "loss_"
    if through.high < 0:
        return prefix + "contradicted"
    if through.low <= 0 and through.high >= 1:
        return "inconclusive"
    if through.low <= 0:
        return prefix + ("not_fully_carried" if through.high >= 0.5 else "not_carried")
    if through.low >= 0.5:
        return prefix + "carried"
    return prefix + ("carried_size_open" if through.high >= 1 else "partly_carried")


def _verdict(variant: str, rows: list[GoalResult]) -> Verdict:
    own = [row for row in rows if row.variant == variant and row.segment is None]
    macro = own[-1]
    if macro.lift.low > 0:
        because = f"{macro.goal} rose by {100 * macro.lift.estimate:.1f}%."
        return Verdict(variant, "ship", (because,), "A guardrail that loses more than its margin.")
    if macro.lift.high < 0:
        because = f"{macro.goal} fell by {-100 * macro.lift.estimate:.1f}%."
        return Verdict(variant, "keep_control", (because,), "A rise of the macro goal.")
    because = f"{macro.goal} may have changed in either direction."
    return Verdict(variant, "keep_running", (because,), "More units per variant.")


def _checks(total: int) -> tuple[Check, ...]:
    return (
        Check(
            "sample_ratio", "pass", 0.41, 0.001, "The variants are as large as planned (p 0.410)."
        ),
        Check(
            "crossed_units",
            "warn",
            0.012,
            0.01,
            f"{total // 83:,} units (1.2%) were seen in two variants and left out.",
            "Check that the assignment is stored per unit and survives a login.",
        ),
        Check("immature_units", "pass", 0.0, 0.05, "Every unit's window has closed."),
        Check("capture", "skipped", nan, 0.01, "No milestone is mandatory for the macro goal."),
    )


def _ledger(total: int) -> tuple[LedgerLine, ...]:
    return (
        LedgerLine("rows_read", 5 * total, "rows", None, "Rows read from the source."),
        LedgerLine("crossed", total // 83, "units", None, "Units seen in two variants, left out."),
        LedgerLine("analysed", total, "units", None, "Units in the analysis."),
    )


def _provenance(total: int, days: int | None) -> Provenance:
    return Provenance(
        abmicro="0.1.0",
        python="3.11.9",
        numpy="2.4.6",
        scipy="1.17.1",
        engine="duckdb 2.0.0",
        started="",
        definition_sha256="3f1a" * 16,
        query_sha256="9c0e" * 16,
        rows_read=5 * total,
        units=total,
        days=days,
    )
