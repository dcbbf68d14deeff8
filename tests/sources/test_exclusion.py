"""Units that `[exposure] exclude` leaves out, from the data to the verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import abmicro as ab
from abmicro import Analysis, CountsError, DefinitionError, Experiment, JointCounts, SourceError
from abmicro.analysis.results import Pair
from abmicro.cli import run
from abmicro.marginals.marginals import Marginals
from abmicro.report.render.json_csv import from_record

from ..analysis.checks import named

SEEN, LATER = "2026-10-05 10:00:00", "2026-10-05 12:00:00"
RULE = {"more_than": 3, "of": "click"}
GOALS: dict[str, Any] = {
    "click": {"kind": "milestone", "window": "1d"},
    "order": {"kind": "macro", "window": "1d"},
}
COLUMNS = {"unit": "user", "time": "ts", "event": "event", "variant": "arm"}
Row = tuple[str, str, str, str | None]


def logged(rule: dict[str, Any] | None = RULE) -> Experiment:
    exposure = {"event": "seen"} | ({"exclude": rule} if rule else {})
    data = {"shape": "events", "columns": COLUMNS}
    return Experiment(name="Log", variants=["A", "B"], goals=GOALS, exposure=exposure, data=data)


def visits(prefix: str, arm: str, units: int, clicks: int, seen: str = SEEN) -> list[Row]:
    """Units of an arm, each with so many clicks at one moment."""
    names = [f"{prefix}{at}" for at in range(units)]
    shown: list[Row] = [(name, seen, "seen", arm) for name in names]
    return shown + [(name, seen, "click", None) for name in names for _ in range(clicks)]


END: list[Row] = [("end", "2026-10-09 00:00:00", "tick", None)]
PEOPLE = [
    *visits("a", "A", 900, 0),
    *visits("ac", "A", 100, 3),
    *visits("b", "B", 900, 0),
    *visits("bc", "B", 100, 3),
]
BOTS = visits("bot", "B", 200, 4)


def frame(rows: list[Row]) -> pa.Table:
    return pa.table({name: [row[at] for row in rows] for at, name in enumerate(COLUMNS.values())})


def analysed(rows: list[Row], rule: dict[str, Any] | None = RULE) -> Analysis:
    experiment = logged(rule)
    return ab.analyze(experiment, ab.collect(experiment, frame(rows)))


def test_bots_of_one_arm_are_out_of_goals_ratio_and_ledger() -> None:
    found = analysed([*PEOPLE, *BOTS, *END])
    click = found.goals[0]
    assert (click.units.control, click.units.treated) == (1_000, 1_000)
    assert (click.reached, click.lift.estimate) == (Pair(100, 100), 0.0)
    assert found.provenance.units == 2_000
    assert named(found, "sample_ratio").sentence.startswith("1,000 in A, 1,000 in B")
    assert [(one.variant, one.count) for one in found.ledger if one.step == "excluded"] == [
        ("B", 200)
    ]


def test_the_lift_without_the_rule_stands_beside() -> None:
    rows = [*PEOPLE, *BOTS, *END]
    found, plain = analysed(rows), analysed(rows, None)
    assert found.goals[0].lift_of_all == plain.goals[0].lift
    assert plain.goals[0].lift_of_all is None
    assert plain.goals[0].lift.estimate == pytest.approx(300 / 1_200 / 0.1 - 1)
    told = "With the visitors that exposure.exclude leaves out: clicks +150% ("
    for form in ("text", "md", "html"):
        assert told in " ".join(found.render(form).split())
    again = from_record(json.loads(found.render("json")))
    assert again.goals[0].lift_of_all == found.goals[0].lift_of_all


def test_a_rule_that_takes_more_from_one_arm_is_said() -> None:
    check = named(analysed([*PEOPLE, *BOTS, *END]), "exclude.click")
    assert check.status == "warn"
    assert "200 of 2,200 visitors have more than 3 clicks and are left out" in check.sentence
    assert "0 of 1,000 in A, 200 of 1,200 in B" in check.sentence
    even = [*PEOPLE, *visits("x", "A", 50, 9), *visits("y", "B", 50, 9), *END]
    assert named(analysed(even), "exclude.click").status == "pass"
    none = named(analysed([*PEOPLE, *END]), "exclude.click")
    assert none.sentence == "Nobody has more than 3 clicks."


def test_events_beyond_the_window_do_not_count() -> None:
    late = [("slow", "2026-10-06 10:00:00", "click", None)] * 9
    rows = [*PEOPLE, ("slow", SEEN, "seen", "A"), *late, *END]
    counts = ab.collect(logged(), frame(rows))
    assert counts.units[..., counts.truth(logged().exposure.exclude.label)].sum() == 0  # type: ignore[union-attr]


def test_units_whose_window_is_open_leave_too_and_the_ratio_is_checked_after_it() -> None:
    open_still = "2026-10-08 12:00:00"
    waiting = [*visits("wa", "A", 400, 0, open_still), *visits("wb", "B", 400, 0, open_still)]
    bots = visits("wbot", "B", 300, 4, open_still)
    found = analysed([*PEOPLE, *waiting, *bots, *END])
    assert named(found, "sample_ratio").sentence.startswith("1,400 in A, 1,400 in B")
    assert [one.count for one in found.ledger if one.step == "excluded"] == [300]
    assert named(found, "sample_ratio").status == "pass"
    without = analysed([*PEOPLE, *waiting, *bots, *END], None)
    assert named(without, "sample_ratio").status == "fail"


def test_histograms_leave_them_out_as_well() -> None:
    rows = frame([*PEOPLE, *BOTS, *END])
    found = ab.collect_histograms(logged(), rows)
    assert found.of("events", "click").units.sum(axis=1).tolist() == [100, 100]


def test_a_saved_table_tells_who_they_are_and_an_older_one_is_refused(tmp_path: Path) -> None:
    counts = ab.collect(logged(), frame([*PEOPLE, *BOTS, *END]))
    counts.save(tmp_path / "counts.csv")
    assert JointCounts.load(tmp_path / "counts.csv", variants=("A", "B")) == counts
    stricter = logged({"more_than": 2, "of": "click"})
    with pytest.raises(CountsError, match=r"more than 2 click \(E322\); collect them again"):
        ab.analyze(stricter, counts)
    everyone = ab.analyze(logged(None), counts)
    assert everyone.provenance.units == 2_200


def units(rule: dict[str, Any], **keys: Any) -> Experiment:
    data = {"shape": "units", "columns": {"variant": "arm"}}
    goals = {"click": {"kind": "milestone"}, "order": {"kind": "macro"}}
    fields = {"name": "Units", "variants": ["A", "B"], "goals": goals, "data": data}
    return Experiment(**fields | {"exposure": {"exclude": rule}} | keys)


def test_a_row_that_is_a_unit_is_judged_by_a_column_of_counts(tmp_path: Path) -> None:
    rows = "arm,click,order,views\nA,1,0,2\nA,0,0,31\nB,1,1,30\nB,1,0,500\nB,0,0,\n"
    (tmp_path / "units.csv").write_text(rows)
    experiment = units({"more_than": 30, "of": "views"})
    counts = ab.collect(experiment, tmp_path / "units.csv")
    marginals = Marginals.of(experiment, counts)
    assert marginals.units_by_variant.tolist() == [1, 2]
    assert marginals.excluded_by_variant.tolist() == [1, 1]
    assert np.array_equal(marginals.everyone.units_by_variant, [2, 3])  # type: ignore[union-attr]


def test_a_column_that_is_missing_or_holds_no_numbers_is_named(tmp_path: Path) -> None:
    (tmp_path / "units.csv").write_text("arm,click,order,views\nA,1,0,many\nB,1,1,30\n")
    with pytest.raises(SourceError, match=r"exposure.exclude.of: no column 'viewed'.*'views'"):
        ab.collect(units({"more_than": 30, "of": "viewed"}), tmp_path / "units.csv")
    with pytest.raises(SourceError, match=r"exposure.exclude.of.*many"):
        ab.collect(units({"more_than": 30, "of": "views"}), tmp_path / "units.csv")


def test_totals_cannot_leave_out_a_unit() -> None:
    with pytest.raises(DefinitionError, match=r"what a single unit did \(E061\)"):
        units(RULE, data={"shape": "counts"})


def test_check_and_explain_count_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = ["user,ts,event,arm"]
    lines += [",".join(map(str, (*row[:3], row[3] or ""))) for row in [*PEOPLE, *BOTS, *END]]
    (tmp_path / "log.csv").write_text("\n".join(lines))
    told = str(logged()).replace('shape = "events"', 'shape = "events"\nsource = "log.csv"')
    (tmp_path / "experiment.toml").write_text(told)
    assert run(["check", str(tmp_path / "experiment.toml")]) == 0
    assert "visitors to analyse: 1,000 A, 1,000 B" in capsys.readouterr().out
    assert run(["explain", str(tmp_path / "experiment.toml")]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "1,000 200 excluded (B): visitors left out by the rule of exposure.exclude" in out
    assert "1,300 1,000 analysed (B)" in out
