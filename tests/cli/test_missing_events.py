"""`check` fails where an event of the definition never occurs and one of a near name does."""

from __future__ import annotations

from pathlib import Path

import pytest

import abmicro as ab

from .conftest import Command

DEFINITION = """\
experiment.name = "Log"
variants.arms = ["A", "B"]
data.shape = "events"
data.source = "log.csv"
data.columns = { unit = "user", time = "at", event = "event", variant = "arm" }
exposure.event = "seen"
goals.add_to_cart.kind = "milestone"
goals.purchase.kind = "macro"
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Six users, three of each arm, who are seen, and of whom some add to cart and buy."""
    rows = [
        f"u{user},2026-10-05 10:00:0{at},{event},{'AB'[user % 2]}"
        for user in range(6)
        for at, event in enumerate(("seen", "add_to_cart", "purchase")[: 1 + user // 2])
    ]
    (tmp_path / "log.csv").write_text("\n".join(("user,at,event,arm", *rows)) + "\n")
    (tmp_path / "experiment.toml").write_text(DEFINITION)
    return tmp_path / "experiment.toml"


@pytest.mark.parametrize(
    ("meant", "called", "where"),
    [
        ("purchase", "purchases", "goals.purchases.event"),
        ("add_to_cart", "Add_To_Card", "goals.Add_To_Card.event"),
        ("seen", "Seen", "exposure.event"),
    ],
)
def test_an_event_that_is_called_otherwise_is_named_with_those_that_exist(
    cli: Command, log: Path, meant: str, called: str, where: str
) -> None:
    log.write_text(DEFINITION.replace(meant, called))
    shown = cli("check", log)
    assert (shown.status, shown.out) == (3, "")
    assert shown.err.splitlines()[-2:] == [
        f"abmicro: {where}: no event is called {called!r} (E340)",
        f"  did you mean {meant!r}? the log holds seen (6), add_to_cart (4), purchase (2)",
    ]


def test_an_event_that_has_not_occurred_yet_is_no_fault(cli: Command, log: Path) -> None:
    log.write_text(DEFINITION + 'goals.refund.kind = "action"\n')
    shown = cli("check", log)
    assert shown.status == 0
    assert "warning: goals.refund: nobody reached it" in shown.err


def test_an_analysis_warns_of_every_goal_whose_event_never_occurs(log: Path) -> None:
    text = (log.parent / "log.csv").read_text().replace("arm\n", "arm,paid\n", 1)
    (log.parent / "log.csv").write_text(
        text.replace(",A\n", ",A,9.5\n").replace(",B\n", ",B,9.5\n")
    )
    amount = 'goals.paid = { kind = "macro", event = "purchse", value = "paid" }\n'
    test = ab.loads(DEFINITION.replace("purchase", "Purchase") + amount)
    checks = ab.analyze(test, ab.collect(test, folder=log.parent)).checks
    told = {one.name: one.status for one in checks if one.name.startswith("goals_fire")}
    assert told == {"goals_fire.Purchase": "warn", "goals_fire.paid": "warn"}


def test_rows_and_units_of_an_explanation_add_up(cli: Command, log: Path) -> None:
    data = log.with_name("log.csv")
    odd = ("u9,2026-10-05 11:00:00,seen,A", "u9,2026-10-05 12:00:00,seen,B", ",,seen,A")
    data.write_text(
        data.read_text() + "\n".join((*odd, "u8,2026-10-05 10:00:00,purchase,A")) + "\n"
    )
    shown = cli("explain", log).out.splitlines()
    assert shown[0].split() == ["rows", "visitors"]
    told = [line.split(maxsplit=2) for line in shown[1:]]
    whole, *parts = [(int(rows), int(units)) for rows, units, _ in told]
    assert whole == (16, 8)
    assert tuple(map(sum, zip(*parts, strict=True))) == whole
    assert [step.partition(":")[0] for _, _, step in told] == [
        *("rows_read", "no_unit", "no_exposure", "crossed", "analysed (A)", "analysed (B)"),
    ]
