"""The plan as one HTML file: no script, no request, both colour schemes, fit for print."""

from __future__ import annotations

from dataclasses import dataclass

from abmicro import formatting
from abmicro.experiment.file.toml import definition_hash
from abmicro.planning.results import Pair, Plan
from abmicro.report.plan import charts, document, tables, words
from abmicro.report.plan.renderings import title
from abmicro.report.render.html_page import Chart, drawn, filled, framed
from abmicro.report.words import Words

FITS = {
    True: Words("In time", "Done in the weeks allowed.", "good"),
    False: Words("Later", "Takes longer than the weeks allowed.", "off"),
}


@dataclass(frozen=True, slots=True)
class Beside:
    """A micro goal beside its macro goal; without chart where no lift is planned."""

    micro: str
    macro: str
    sentence: str
    chart: Chart | None


def render(plan: Plan) -> str:
    """The plan as one HTML document; the same plan gives the same bytes.

    Every name from the definition is escaped. The page holds no script and asks for nothing.
    """
    first = document.first(plan)
    names = {
        "words": words,
        "plan": plan,
        "experiment": plan.experiment,
        "title": title(plan),
        "definition": definition_hash(plan.experiment),
        "answer": document.answer(plan),
        "first": first,
        "planned": tables.planned,
        "units": tables.units,
        "cost": tables.cost(first.size) if first else (),
        "fits": FITS,
        "sizes": tables.goals(plan),
        "sizes_notes": tuple(document.sizes_notes(plan)),
        "power": _power(plan),
        "pairs": tuple(_beside(plan, at, one) for at, one in enumerate(plan.pairs)),
        "pair_table": tables.pairs(plan),
        "no_pairs": document.no_pairs(plan),
        "weeks": _weeks(plan),
        "by_week": tuple((goal, tables.weeks(plan, goal)) for goal in document.telling(plan)),
        "promises": tables.promises(plan),
        "promises_note": document.promises_note(plan) if plan.promises else "",
        "wins": tables.wins(plan),
        "waiting": tables.waiting(plan),
        "waiting_note": document.waiting_note(plan) if plan.waiting else "",
    }
    return filled("plan.html", names)


def render_fragment(plan: Plan) -> str:
    """The page in a frame of its own, for a notebook."""
    return framed(title(plan), render(plan))


def _power(plan: Plan) -> Chart | None:
    goals = charts.drawn_goals(plan)
    if not goals:
        return None
    told = {one.goal: one for one in plan.goals}
    numbers = "; ".join(
        f"{goal}: {formatting.level(plan.experiment.plan.power)} at a lift of "
        f"{tables.lift(told[goal].detectable)}"
        for goal in goals
    )
    return Chart(
        "power",
        drawn(charts.power(plan), "power"),
        "Power by true lift",
        f"How likely a lift is found in {formatting.weeks(plan.experiment.plan.weeks)}, by "
        "its true "
        "size. Marks stand at the planned lifts; where a line crosses the dashed one lies the "
        "smallest lift that can be relied on to be found.",
        f"{numbers}.",
        table=tables.goals(plan).pick("Goal", "Planned", "Power", "Found"),
    )


def _weeks(plan: Plan) -> Chart | None:
    if not any(one.detectable == one.detectable for one in plan.weeks):
        return None
    last = {one.goal: one for one in plan.weeks}
    numbers = "; ".join(
        f"{goal}: {tables.lift(last[goal].detectable)} after {formatting.weeks(last[goal].week)}"
        for goal in charts.drawn_goals(plan)
    )
    return Chart(
        "weeks-chart",
        drawn(charts.weeks(plan), "weeks-chart"),
        "Smallest lift found, week by week",
        "Each mark is the smallest lift found with the planned power after so many weeks. The axis "
        "is logarithmic: to halve a lift takes four times the units.",
        f"{numbers}.",
    )


def _beside(plan: Plan, at: int, one: Pair) -> Beside:
    planned = one.micro in document.micros(plan)
    sentence = document.pair_sentence(plan, one.micro)
    return Beside(one.micro, one.macro, sentence, _claims(plan, at, one) if planned else None)


def _claims(plan: Plan, at: int, one: Pair) -> Chart:
    table, name = tables.claims(plan, one.micro), f"claims-{at}"
    numbers = "; ".join(
        f"{row[0]}, if there arrives {row[1]}: {row[3]} units in all" for row in table.rows
    )
    return Chart(
        name,
        drawn(charts.claims(plan, micro=one.micro), name),
        f"What each statement about {one.micro} and {one.macro} needs",
        "Each mark is the number of units in all arms from which a statement is found with the "
        "planned power, in brackets what is true then. The axis is logarithmic.",
        f"{numbers}.",
        table=table,
    )
