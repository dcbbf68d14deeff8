"""A history as a folder of plain files: what is kept, what is read back, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, strategies as st

import abmicro as ab
from abmicro.errors import AbmicroError, DefinitionError, SourceError
from abmicro.history import History, HistorySettings, finished_test
from abmicro.stats.programme import arm_rates
from tests.examples import examples
from tests.history.programmes import GOALS, counts, experiment, history, past

ARMS = ("control", "a", "b")


def refused(folder: Path) -> list[tuple[str, str]]:
    """Place and code of every problem of a folder."""
    with pytest.raises(DefinitionError) as found:
        History.load(folder)
    return [(problem.where, problem.code) for problem in found.value.problems]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    test = replace(past("sticky", arms=ARMS, site="shop.example"), shipped="a")
    History(folder=tmp_path).with_test(test)
    found = History.load(tmp_path)
    assert found.warnings == ()
    (back,) = found.tests
    assert back.experiment == test.experiment
    assert back.counts == test.counts
    names = ("added", "site", "shipped", "verdicts", "labels", "failed_checks", "counts_sha256")
    assert [getattr(back, name) for name in names] == [getattr(test, name) for name in names]
    assert back.verdicts.keys() == {"a", "b"}


def test_an_analysis_is_added_in_one_call(tmp_path: Path) -> None:
    meant, table = experiment("sticky"), counts(np.random.default_rng(0))
    grown = ab.History.load(tmp_path).add(ab.analyze(meant, table), table, shipped="new")
    assert [one.shipped for one in ab.History.load(tmp_path).tests] == ["new"]
    assert grown.add(ab.analyze(meant, table), table) is grown


def test_records_hold_neither_data_nor_persons_nor_days(tmp_path: Path) -> None:
    data = {
        "shape": "units",
        "source": "https://shop.example/secret.csv",
        "columns": {"unit": "id"},
    }
    rows = [
        (arm, f"2025-03-{day:02}", device, cart, 50)
        for arm in ("control", "new")
        for day in (3, 4, 5)
        for device in ("phone", "desktop")
        for cart in (0, 1)
    ]
    header = ("variant", "period", "segment__device", "goal__cart", "units")
    table = ab.JointCounts.from_rows(header, rows)
    goals = {"cart": {"kind": "macro", "column": "carted"}}
    columns = {"variant": "arm", "period": "day", "unit": "id"}
    meant = ab.Experiment(
        name="Kept",
        variants=["control", "new"],
        goals=goals,
        segments={"device": "device"},
        data=data | {"columns": columns},
    )
    test = finished_test(ab.analyze(meant, table), table)
    History(folder=tmp_path).with_test(test)
    written = "".join(path.read_text() for path in tmp_path.iterdir())
    assert "shop.example" not in written
    assert "2025-03-0" not in written
    assert test.counts.units.sum(axis=(1, 2)).tolist() == [[300, 300], [300, 300]]
    kept = finished_test(ab.analyze(meant, table), table, keep=["device"]).counts
    assert kept.segments == (("desktop",), ("phone",))


def test_units_of_a_ramp_keep_their_blocks() -> None:
    """Shares that changed are no effect, neither in the test nor in what is kept of it."""
    rows = [
        (arm, day, cart, units)
        for day, shares, rate in (
            ("2025-03-03", (9000, 1000), 10),
            ("2025-03-04", (5000, 5000), 20),
        )
        for arm, size in zip(("control", "new"), shares, strict=True)
        for cart, units in ((1, size // 100 * rate), (0, size - size // 100 * rate))
    ]
    table = ab.JointCounts.from_rows(("variant", "period", "goal__cart", "units"), rows)
    goals = {"cart": {"kind": "macro"}}
    meant = ab.Experiment(
        name="Ramp",
        variants={"control": 0.9, "new": 0.1},
        ramp=[{"since": "2025-03-04", "allocation": {"control": 0.5, "new": 0.5}}],
        goals=goals,
    )
    test = finished_test(ab.analyze(meant, table), table)
    assert len(test.counts.periods) == 2
    assert abs(History((test,)).lifts(["cart"]).lifts) < 1e-12


def test_the_same_test_twice_changes_nothing_and_another_of_its_key_is_refused(
    tmp_path: Path,
) -> None:
    first = History(folder=tmp_path).with_test(past("sticky", 1))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert first.with_test(past("sticky", 1)) is first
    for key in ("sticky", "Sticky"):
        with pytest.raises(DefinitionError, match=r"there already, with other counts.*E611"):
            first.with_test(past(key, 2))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    second = first.with_test(past("sticky", 2), replacing=True)
    assert len(second.tests) == 1
    assert History.load(tmp_path).tests[0].counts == past("sticky", 2).counts


def test_the_same_counts_under_two_keys_are_refused(tmp_path: Path) -> None:
    held = History(folder=tmp_path).with_test(past("one"))
    with pytest.raises(DefinitionError, match=r"two has the counts of one.*E612"):
        held.with_test(past("two"))
    assert len(list(tmp_path.iterdir())) == 2


def test_a_test_cannot_take_the_place_of_the_choices(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match="E611"):
        History(folder=tmp_path).with_test(past("History"))


def test_users_and_sessions_are_never_pooled() -> None:
    with pytest.raises(DefinitionError, match=r"two counts sessions, one persons.*E614"):
        History((past("one", 1), past("two", 2, unit_name="session")))


def test_a_running_test_is_no_past_test() -> None:
    meant = experiment("running", start="2025-03-03", end="2125-03-03")
    table = counts(np.random.default_rng(0))
    with pytest.raises(DefinitionError, match=r"has not come to its end.*E619"):
        finished_test(ab.analyze(meant, table), table)


def test_every_broken_file_is_named_at_once(tmp_path: Path) -> None:
    held = History(folder=tmp_path)
    for at, key in enumerate(("cut", "alone", "newer", "renamed", "arms", "fine")):
        held = held.with_test(past(key, at))
    record = tmp_path / "cut.toml"
    record.write_text(record.read_text()[:150])
    (tmp_path / "alone.counts.csv").unlink()
    newer = tmp_path / "newer.toml"
    newer.write_text(newer.read_text().replace("schema = 1", "schema = 2"))
    (tmp_path / "renamed.toml").rename(tmp_path / "other.toml")
    table = tmp_path / "arms.counts.csv"
    table.write_text(table.read_text().replace("control", "old"))
    (tmp_path / "history.toml").write_text('trust = 2\n[aliases]\ncart = ["cart"]\n')
    assert refused(tmp_path) == [
        ("alone.toml", "E510"),
        ("arms.counts.csv", "E617"),
        ("cut.toml", "E510"),
        ("history.toml: trust", "E014"),
        ("newer.toml", "E615"),
        ("other.toml", "E510"),
    ]


def test_counts_that_were_edited_are_named(tmp_path: Path) -> None:
    History(folder=tmp_path).with_test(past("one"))
    table = tmp_path / "one.counts.csv"
    first, _, row = table.read_text().partition("control,,0,0,")
    table.write_text(f"{first}control,,0,0,9{row}")
    assert [str(warning) for warning in History.load(tmp_path).warnings] == [
        "one.counts.csv: the counts are no longer those that were added (E613); "
        "put them back, or add the test again with --replace"
    ]


def test_no_folder_is_told_and_an_empty_one_holds_no_test(tmp_path: Path) -> None:
    assert History.load(tmp_path).lifts(["cart", "order"]).lifts.shape == (0, 2)
    with pytest.raises(SourceError, match=r"no such folder \(E301\)"):
        History.load(tmp_path / "none")


@pytest.mark.parametrize(
    ("aliases", "what"),
    [
        ({"cart": ["cart"]}, "'cart' is the goal itself"),
        ({"cart": ["basket"], "order": ["basket"]}, "'basket' stands for 'cart' already"),
        ({"cart": ["order"], "order": ["sale"]}, "'order' is a goal of its own"),
    ],
)
def test_a_name_means_one_goal(aliases: dict[str, list[str]], what: str) -> None:
    with pytest.raises(DefinitionError, match=f"{what} \\(E616\\)"):
        HistorySettings(aliases=aliases)


def test_lifts_are_logs_of_rates_and_arms_share_their_control() -> None:
    test = past("three", arms=ARMS)
    found = History((test, past("two", 1))).lifts(["cart", "order"])
    reached = [test.counts.reached(goal)[:, 0, 0] for goal in ("cart", "order")]
    both = np.column_stack([[5000] * 3, *reached, reached[1]])
    rates = arm_rates(both)
    at = [one.key for one in found.tests].index("three")
    assert found.variants.count("b") == 1
    assert np.allclose(found.lifts[found.test == at], rates.rates[1:] - rates.rates[0])
    columns = (0, 0, 1), (0, 1, 1)
    assert np.allclose(found.control[at][columns], rates.noise[0])
    assert np.allclose(found.treated[found.test == at][(slice(None), *columns)], rates.noise[1:])


def test_tests_are_left_out_with_the_reason() -> None:
    other = {"basket": GOALS["cart"], "order": GOALS["order"]}
    short = {"cart": GOALS["cart"] | {"window": "1d"}, "order": GOALS["order"]}
    basket = past("alias", 2)
    renamed = replace(basket.counts, goals=("basket", "order"))
    tests = (
        past("used", 1),
        replace(basket, experiment=experiment("alias", goals=other), counts=renamed),
        replace(past("failed", 3), failed_checks=("sample_ratio",)),
        replace(past("short", 4), experiment=experiment("short", goals=short)),
        replace(
            past("imported", 5),
            source="import",
            experiment=experiment(
                "imported", goals={"cart": {"kind": "milestone"}, "order": {"kind": "macro"}}
            ),
        ),
    )
    held = History(tests, HistorySettings(aliases={"cart": ["basket"]}))
    found = held.lifts(["cart", "order"], experiment("new"))
    assert [test.key for test in found.tests] == ["alias", "imported", "used"]
    assert {one.key: one.why for one in found.left_out} == {
        "failed": "failed sample_ratio",
        "short": "cart has another window",
    }
    retired = replace(held, settings=HistorySettings(retired={"cart": "page is gone"}))
    reasons = {one.why for one in retired.lifts(["cart"]).left_out}
    assert "cart is retired: page is gone" in reasons


def test_a_test_does_not_tell_about_itself() -> None:
    held = history(3)
    meant, table = experiment("t1"), counts(np.random.default_rng(1))
    assert [test.key for test in held.without(meant).tests] == ["t0", "t2"]
    assert [test.key for test in held.without(experiment("copy"), table).tests] == ["t0", "t2"]


def test_a_history_of_winners_only_is_named() -> None:
    lifts = history(12).lifts(["cart", "order"])
    up = abs(lifts.lifts)
    assert lifts.warning == ""
    assert replace(lifts, lifts=up).warning == (
        "All 12 recorded tests went up. If losers were not recorded, this is too rosy."
    )
    down = np.where(np.arange(12)[:, None] == 0, -up, up)
    assert replace(lifts, lifts=down).warning.startswith("11 of 12 recorded tests")


@examples(20)
@given(st.integers(0, 10_000), st.booleans())
def test_a_file_that_is_cut_short_is_refused_or_named(cut: int, of_counts: bool) -> None:
    """Never another number in silence, wherever a copy was broken off."""
    with TemporaryDirectory() as held:
        folder = Path(held)
        History(folder=folder).with_test(past("one", arms=ARMS))
        path = folder / ("one.counts.csv" if of_counts else "one.toml")
        whole = path.read_bytes()
        path.write_bytes(whole[: cut % len(whole)])
        try:
            found = History.load(folder)
        except AbmicroError:
            return
        same = found.tests[0].counts == past("one", arms=ARMS).counts
        assert same or [warning.code for warning in found.warnings] == ["E613"]
