"""`abmicro plan`: from a file, from the past, from flags only."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .conftest import DEFINITION, Command

FLAGS = ("--baseline", "0.12", "--lift", "0.1", "--traffic", "900/day")
PLANNED = """
[plan]
traffic = "900/day"
"""
KNOWN = DEFINITION.replace("[goals.cart]", "[goals.cart]\nbaseline = 0.12\nmde = 0.1") + PLANNED


@pytest.fixture
def planned(tmp_path: Path) -> Path:
    """A definition that says what is planned."""
    path = tmp_path / "planned.toml"
    path.write_text(KNOWN)
    return path


def test_flags_alone_give_units_in_all_per_arm_and_weeks(cli: Command) -> None:
    found = cli("plan", *FLAGS)
    assert found.status == 0
    told = " ".join(found.out.replace("|", " ").split())
    assert "takes 24,008 visitors in all (12,004 per variant): 4 weeks." in told


def test_flags_and_file_plan_the_same(cli: Command, planned: Path) -> None:
    flags = json.loads(cli("plan", *FLAGS, "--format", "json").out)
    file = json.loads(cli("plan", str(planned), "--format", "json").out)
    assert flags["goals"][0]["size"]["total"] == file["goals"][0]["size"]["total"]


def test_a_macro_rate_puts_the_macro_goal_beside_the_micro(cli: Command) -> None:
    record = json.loads(cli("plan", *FLAGS, "--macro", "0.03", "--format", "json").out)
    (pair,) = record["pairs"]
    assert pair["speed"] == pytest.approx(4.409, abs=5e-4)


def test_a_fall_is_planned_by_a_negative_lift(cli: Command) -> None:
    flags = ("--baseline", "0.12", "--lift", "-0.1", "--traffic", "900")
    (goal,) = json.loads(cli("plan", *flags, "--format", "json").out)["goals"]
    assert goal["lift"] == -0.1
    assert goal["direction"] == "down"


@pytest.mark.parametrize("lift", ["10", "10%", "0.1", "1.2 pp", "1.2pp", "1.2 points"])
@pytest.mark.parametrize("power", ["80", "80%", "0.8"])
def test_shares_are_taken_as_they_are_typed(cli: Command, lift: str, power: str) -> None:
    flags = ("--baseline", "12%", "--lift", lift, "--power", power, "--traffic", "900/day")
    (goal,) = json.loads(cli("plan", *flags, "--format", "json").out)["goals"]
    assert goal["size"]["total"] == 24_008


def test_without_traffic_units_are_told_and_no_weeks(cli: Command, planned: Path) -> None:
    timed = json.loads(cli("plan", *FLAGS, "--macro", "3%", "--format", "json").out)
    flags = ("--baseline", "12%", "--lift", "10", "--macro", "3%")
    units = json.loads(cli("plan", *flags, "--format", "json").out)
    assert (
        units["headline"]
        == "A change of +10% in micro goals takes 24,008 visitors in all (12,004 per variant)."
    )
    for section in ("goals", "claims"):
        sizes = [
            [(row["size"] or {}).get("total") for row in record[section]]
            for record in (timed, units)
        ]
        assert sizes[0] == sizes[1]
    assert units["goals"][0]["size"]["weeks"] is None
    assert not any(units[section] for section in ("weeks", "curve", "promises", "waiting"))
    for form in ("text", "md", "html"):
        shown = cli("plan", *flags, "--format", form).out
        assert "24,008" in shown
        assert "n/a" not in shown
        assert not re.search(r"nan|\d weeks?\b", shown)
    planned.write_text(KNOWN.removesuffix(PLANNED))
    told = cli("plan", str(planned)).out
    assert "takes 24,008 visitors in all (12,004 per variant)." in " ".join(
        told.replace("|", " ").split()
    )


def test_the_macro_goal_has_a_lift_of_its_own(cli: Command) -> None:
    def size(*flags: str) -> float:
        record = json.loads(cli("plan", *flags, "--traffic", "900/day", "--format", "json").out)
        return float(record["goals"][-1]["size"]["total"])

    both = ("--baseline", "12%", "--lift", "10", "--macro", "3%")
    alone = size("--baseline", "3%", "--lift", "5")
    assert size(*both, "--macro-lift", "5") == pytest.approx(alone, rel=0.1)
    assert size(*both, "--macro-lift", "0.15 pp") == size(*both, "--macro-lift", "5")


def test_rates_may_be_given_in_percent(cli: Command) -> None:
    percent = ("--baseline", "12%", "--lift", "10%", "--power", "80%", "--traffic", "900/day")
    records = (
        json.loads(cli("plan", *flags, "--format", "json").out) for flags in (percent, FLAGS)
    )
    totals = {record["goals"][0]["size"]["total"] for record in records}
    assert totals == {24_008}


def test_a_mean_is_planned_by_its_spread(cli: Command) -> None:
    flags = ("--baseline", "3.2", "--sd", "14", "--lift", "0.1", "--traffic", "900/day")
    (goal,) = json.loads(cli("plan", *flags, "--format", "json").out)["goals"]
    # statsmodels 0.14, NormalIndPower().solve_power(0.32 / 14, alpha=0.05, power=0.8): 30,046.4
    # where both arms spread alike; the treated one spreads 1.1 times as far.
    expected = 30_046.4 * (1 + 1.1**2) / 2
    assert goal["size"]["arms"][0]["units"] == pytest.approx(expected, abs=1)


def test_more_arms_take_more_units(cli: Command) -> None:
    def total(*more: str) -> float:
        record = json.loads(cli("plan", *FLAGS, *more, "--format", "json").out)
        return float(record["goals"][0]["size"]["total"])

    assert total("--arms", "3") > 1.5 * total()
    assert total("--alpha", "0.1") < total() < total("--power", "0.9")


def test_weeks_on_the_command_line_go_before_those_of_the_file(cli: Command, planned: Path) -> None:
    def reachable(*more: str) -> bool:
        return bool(
            json.loads(cli("plan", str(planned), *more, "--format", "json").out)["reachable"]
        )

    assert reachable()
    assert not reachable("--weeks", "3")
    assert reachable("--weeks", "3", "--traffic", "9000/week")


def test_the_past_gives_baselines(cli: Command, planned: Path, tmp_path: Path) -> None:
    path = tmp_path / "past.csv"
    cells = [f"{arm},{bits},{units}" for arm in ("control", "sticky") for bits, units in PAST]
    path.write_text("\n".join(["variant,goal__cart,goal__buy,segment__device,units", *cells]))
    record = json.loads(cli("plan", str(planned), "--counts", str(path), "--format", "json").out)
    assert [goal["baseline"] for goal in record["goals"]] == [0.2, 0.05]
    assert [one["micro"] for one in record["pairs"]] == ["cart"]


PAST = (("0,0,phone", 800), ("1,0,phone", 150), ("1,1,phone", 50))


def test_a_page_goes_where_it_is_asked_to(cli: Command, tmp_path: Path) -> None:
    target = tmp_path / "plan.html"
    found = cli("plan", *FLAGS, "-o", str(target))
    assert (found.status, found.out) == (0, "")
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ("--baseline 0 --traffic 9/day", "--baseline: 0 is not above 0 (E014)"),
        ("--baseline 1 --traffic 9/day", "--baseline: 1 is not between 0 and 1 (E014)"),
        ("--baseline 0.1 --lift 0 --traffic 9", "--lift: 0 is not between 0 and 1 (E014)"),
        (
            "--baseline 0.6 --lift 0.8 --traffic 9",
            "--lift: a lift of 0.8 takes a rate of 0.6 to 1 or beyond (E090)",
        ),
        (
            "--baseline 0.1 --traffic 9 --power 0.01",
            "--power: 0.01 is not above alpha, 0.05: such a test finds effects by chance only",
        ),
        ("--baseline 0.1 --traffic=-9/day", "--traffic: '-9/day' is not traffic (E013)"),
        ("--baseline 0.1 --traffic 0/day", "--traffic: without traffic no test comes to an end"),
        ("--baseline 0.1 --traffic 9 --weeks 0", "--weeks: 0 is not a whole number of weeks"),
        ("--baseline 0.1 --traffic 9 --alpha 0.7", "--alpha: 0.7 is not between 0 and 0.5"),
        ("--baseline 0.1 --traffic 9 --arms 1", "--variants: 1 is not 2 to 26, control included"),
        (
            "--baseline 0.1 --macro 0.2 --traffic 9",
            "--macro: 0.2 is more than the 0.1 of 'micro', which comes before it",
        ),
        ("--baseline 0.1 --macro-lift 5 --traffic 9", "--macro-lift: needs the rate of the macro"),
        ("--baseline 30 --sd 9 --lift 3pp --traffic 9", "--lift: 3pp is of a rate (E600)"),
        ("--baseline 12 --lift 3pp --traffic 9", "--baseline: 12 is not between 0 and 1 (E014)"),
        (
            "--baseline 0.1 --macro 0.05 --macro-lift 0 --traffic 9",
            "--macro-lift: 0 is not between 0 and 1 (E014)",
        ),
        ("--baseline 0.1", "plan: --lift or --traffic is missing (E600)"),
        ("--baseline three --traffic 9", "Invalid value for '--baseline': 'three' is neither"),
        ("--baseline 3 --sd 0 --traffic 9", "--sd: 0 is not above 0 (E014)"),
        ("--baseline 3 --sd 9 --macro 0.1 --traffic 9", "--sd: is of a mean value, and --macro"),
        ("--traffic 9", "plan: --baseline is missing, or an experiment file (E600)"),
        ("--baseline 0.1 --traffic 9 --counts x.csv", "--counts: needs an experiment file"),
        ("--baseline 0.1 --traffic 9 --format docx", "--format: 'docx' is not a format"),
    ],
)
def test_what_cannot_be_planned_is_refused_with_the_flag(
    cli: Command, flags: str, says: str
) -> None:
    found = cli("plan", *flags.split())
    assert found.status == 2
    assert f"abmicro: {says}" in found.err
    assert found.out == ""


@pytest.mark.parametrize(
    ("flag", "key"),
    [
        ("--baseline 0.1", "baseline of its goal"),
        ("--lift 0.1", "mde of its goal, e.g. mde = 0.05"),
        ("--arms 3", "allocation or arms of [variants]"),
        ("--alpha 0.1", "alpha of [analysis]"),
    ],
)
def test_what_the_file_says_is_changed_in_the_file(
    cli: Command, planned: Path, flag: str, key: str
) -> None:
    found = cli("plan", str(planned), *flag.split())
    assert found.status == 2
    assert "stands in the experiment file" in found.err
    assert f"  change it there: {key}\n" in found.err


def test_a_missing_traffic_file_is_a_fault_of_the_data(cli: Command, planned: Path) -> None:
    found = cli("plan", str(planned), "--traffic", "none.csv")
    assert found.status == 3
    assert "none.csv: cannot be read" in found.err


def test_the_traffic_file_lies_beside_the_experiment_file(
    cli: Command, planned: Path, tmp_path: Path
) -> None:
    (tmp_path / "days.csv").write_text("day,units\n2026-10-05,900\n2026-10-06,900\n")
    assert cli("plan", str(planned), "--traffic", "days.csv").status == 0
