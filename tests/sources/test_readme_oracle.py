"""Two hundred event logs, counted by the rules as README states them and nothing else.

The oracle knows no line of the package: exposure, windows, crossed and open units are said again
here from README and from what `abmicro explain` calls its steps. Cells and every ledger line are
compared, through files and the door that everybody uses.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import abmicro as ab

from ..examples import SEED

LOGS = 200
START, END = datetime(2026, 10, 5), datetime(2026, 10, 19)
NOW = datetime(2027, 6, 1)
HOUR = timedelta(hours=1)
ARMS = ("A", "B")


@dataclass(frozen=True)
class Row:
    """One row of a log."""

    unit: str
    at: datetime | None
    event: str
    variant: str
    device: str
    revenue: float = 0.0


@dataclass
class Rules:
    """What the definition of one log says."""

    exposure: str | None
    crossed: str
    windows: dict[str, timedelta | None]
    dated: bool

    def toml(self) -> str:
        """The definition as a person would write it."""
        dates = f"start = {START.date()}\nend = {END.date()}\n" if self.dated else ""
        event = f'event = "{self.exposure}"\n' if self.exposure else ""
        goals = ""
        for goal, kind in (("cart", "milestone"), ("buy", "macro"), ("spend", "macro")):
            window = self.windows[goal]
            goals += f'[goals.{goal}]\nkind = "{kind}"\n'
            goals += 'event = "buy"\nvalue = "revenue"\n' if goal == "spend" else ""
            goals += f'window = "{window // HOUR}h"\n' if window else ""
        return f"""\
[experiment]
name = "Oracle"
{dates}
[variants]
arms = ["A", "B"]
[data]
shape = "events"
source = "log.csv"
columns = {{ unit = "u", time = "t", event = "e", variant = "arm" }}
[exposure]
crossed = "{self.crossed}"
{event}
{goals}
[segments]
device = "device"
"""


@dataclass
class Told:
    """What became of a log: units and revenue by cell, ledger by step."""

    units: Counter[tuple[str, str, bool, bool]] = field(default_factory=Counter)
    revenue: Counter[tuple[str, str, bool, bool]] = field(default_factory=Counter)
    ledger: Counter[tuple[str, str | None]] = field(default_factory=Counter)


def rolled(dice: random.Random) -> tuple[Rules, list[Row]]:
    """Rules and a log of them, with all that README speaks of in it."""
    some = [None, 6 * HOUR, 24 * HOUR, 72 * HOUR]
    micro, macro = sorted(dice.choices(some, k=2), key=lambda one: one or 999 * HOUR)
    exposure = dice.choice([None, "seen"])
    rules = Rules(
        exposure,
        dice.choice(["exclude", "first"]),
        {"cart": micro, "buy": macro, "spend": macro},
        dated=exposure is not None and dice.random() < 0.6,
    )
    log: list[Row] = []
    for at in range(dice.randrange(30, 60)):
        log += unit_rows(f"u{at}", at, rules, dice)
    for arm, hour in (("A", 30), ("B", 31)):  # an arm nobody is in is another test's
        log.append(Row(f"sure {arm}", START + hour * HOUR, rules.exposure or "x", arm, "phone"))
    log.append(Row("last", START + timedelta(days=12), "x", "", "phone"))
    dice.shuffle(log)
    return rules, log


def unit_rows(unit: str, at: int, rules: Rules, dice: random.Random) -> list[Row]:
    """What one unit did; with dates all its exposures lie on one side of the end."""
    device, arm = dice.choice(["phone", "desktop"]), ARMS[at % 2]
    late = rules.dated and dice.random() < 0.1
    rows = []
    for _ in range(dice.choice([0, 1, 1, 1, 2, 3])):
        shown = arm if dice.random() < 0.8 else dice.choice(ARMS)
        hour = dice.randrange(-20, 150)
        when = END + abs(hour) * HOUR / 10 if late else START + hour * HOUR
        rows.append(Row(unit, when, rules.exposure or "x", shown, device))
    for _ in range(dice.randrange(4)):
        event = dice.choice(["cart", "buy", "x"])
        when = START + dice.randrange(-20, 260) * HOUR
        rows.append(Row(unit, when, event, "", device, 5.0 * dice.randrange(1, 4)))
    if rows and dice.random() < 0.1:  # at the very moment, in the other arm
        rows.append(Row(unit, rows[0].at, rows[0].event, dice.choice(ARMS), device, 5.0))
    if dice.random() < 0.1:
        rows.append(Row(unit, None, "cart", "", device))
    if dice.random() < 0.1:  # a wrong clock
        rows.append(Row(unit, datetime(2031, 1, 1), "buy", "", device, 5.0))
    if dice.random() < 0.1:
        rows.append(Row("", START, "cart", "", device))
    return rows


def by_readme(rules: Rules, log: list[Row]) -> Told:
    """The log counted by hand."""
    told = Told()
    told.ledger["rows_read", None] = len(log)
    told.ledger["no_unit", None] = sum(not row.unit for row in log)
    told.ledger["no_time", None] = sum(bool(row.unit) and row.at is None for row in log)
    longest = max((one for one in rules.windows.values() if one), default=None)
    timed = [row for row in log if row.unit and row.at is not None]
    told.ledger["future", None] = sum(row.at > NOW for row in timed)
    timed = [row for row in timed if row.at <= NOW]
    known_until = max(row.at for row in timed)
    for unit in {row.unit for row in timed}:
        own = [row for row in timed if row.unit == unit]
        count(told, rules, own, longest, known_until)
    told.ledger = +told.ledger
    return told


def count(
    told: Told, rules: Rules, own: list[Row], longest: timedelta | None, known_until: datetime
) -> None:
    """What becomes of one unit."""
    shown = [
        row
        for row in own
        if (row.event == rules.exposure if rules.exposure else row.variant) and row.variant
    ]
    if not shown:
        named = rules.exposure and any(row.event == rules.exposure for row in own)
        told.ledger["no_variant" if named else "no_exposure", None] += 1
        return
    first = min(row.at for row in shown)
    if rules.dated and not START <= first < END:
        told.ledger["outside", None] += 1
        return
    arms = {row.variant for row in shown}
    firsts = {row.variant for row in shown if row.at == first}
    if (len(arms) > 1 and rules.crossed == "exclude") or len(firsts) > 1:
        told.ledger["crossed", None] += 1
        return
    if longest and first + longest > known_until:
        told.ledger["immature", None] += 1
        return
    (arm,) = firsts
    hits = {
        goal: [
            row
            for row in own
            if row.event == ("buy" if goal == "spend" else goal)
            and first <= row.at
            and (window is None or row.at < first + window)
        ]
        for goal, window in rules.windows.items()
    }
    cell = (arm, own[0].device, bool(hits["cart"]), bool(hits["buy"]))
    told.units[cell] += 1
    told.revenue[cell] += sum(row.revenue for row in hits["spend"])
    told.ledger["analysed", arm] += 1
    told.ledger["crossed_kept", arm] += len(arms) > 1


def by_abmicro(rules: Rules, log: list[Row], folder: Path) -> Told:
    """The log counted by the package."""
    with (folder / "log.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("u", "t", "e", "arm", "device", "revenue"))
        for row in log:
            when = "" if row.at is None else row.at.isoformat(sep=" ")
            writer.writerow((row.unit, when, row.event, row.variant, row.device, row.revenue))
    (folder / "experiment.toml").write_text(rules.toml(), encoding="utf-8")
    counts = ab.collect(
        ab.load(folder / "experiment.toml"), folder=folder, now=NOW.replace(tzinfo=UTC)
    )
    told = Told()
    cart, buy = counts.truth("cart"), counts.truth("buy")
    spend = counts.measures.index("spend")
    for v, s, p, k in zip(*counts.units.nonzero(), strict=True):
        cell = (counts.variants[v], counts.segments[s][0], bool(cart[k]), bool(buy[k]))
        told.units[cell] += int(counts.units[v, s, p, k])
        told.revenue[cell] += float(counts.sums[v, s, p, k, spend])
    for entry in counts.ledger:
        whole = entry.step not in ("analysed", "crossed_kept")
        told.ledger[entry.step, None if whole else entry.variant] += entry.count
    told.ledger = +told.ledger
    return told


def hold(seed: str, folder: Path) -> None:
    """Count one log twice."""
    rules, log = rolled(random.Random(seed))  # noqa: S311 - no secret
    wanted, found = by_readme(rules, log), by_abmicro(rules, log, folder)
    assert found.ledger == wanted.ledger, seed
    assert found.units == wanted.units, seed
    assert +found.revenue == +wanted.revenue, seed


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_two_hundred_logs_are_counted_as_readme_says(tmp_path: Path, part: int) -> None:
    for at in range(part, LOGS, 2):
        hold(f"{SEED}:{at}", tmp_path)


def test_a_few_logs_of_every_run_are_new(tmp_path: Path) -> None:
    fresh = random.SystemRandom().randrange(10**9)
    for at in range(5):
        hold(f"{fresh}:{at}", tmp_path)
