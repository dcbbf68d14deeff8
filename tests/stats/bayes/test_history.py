"""Facts about a macro lift steadied by earlier tests."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from abmicro.stats.bayes.priors.history import WithHistory, with_history

GOLDEN = json.loads(
    (Path(__file__).parents[2] / "golden" / "carry" / "golden_carry.json").read_text()
)
GIVEN = GOLDEN["G10_shrink"]["inputs"]
MICRO, STEP = (GIVEN["lM"], GIVEN["VM"]), (GIVEN["lQ"], GIVEN["VQ"])
HISTORY = GIVEN["muQ"], GIVEN["tau2"]
CERTAIN = 1 - 1e-15


def figures(found: WithHistory) -> list[float]:
    return [float(part) for part in (found.mean, found.sd, found.macro_up)]


def test_a_trusted_history_gives_the_golden_shrinkage() -> None:
    expected = GOLDEN["G10_shrink"]["result"]
    found = with_history(MICRO, STEP, HISTORY, trust=CERTAIN)
    assert figures(found) == pytest.approx(
        [expected["mean"], expected["sd"], expected["p_pos"]], abs=1e-10
    )
    assert found.share == pytest.approx(expected["B"], abs=1e-10)
    assert found.worth == pytest.approx(expected["var_ratio_vs_macro"], rel=1e-10)


@pytest.mark.parametrize(("step", "name"), [(STEP[0], "agree"), (-0.25, "conflict")])
def test_a_doubted_history_gives_the_golden_mixture(step: float, name: str) -> None:
    expected = GOLDEN["G10b_robust_mixture"][name]
    found = with_history(MICRO, (step, STEP[1]), HISTORY, trust=0.8, vague=(0, 0.04))
    assert figures(found) == pytest.approx(
        [expected["mean"], expected["sd"], expected["p_pos"]], abs=1e-10
    )
    assert found.trust == pytest.approx(expected["weight_informative"], abs=1e-10)


def test_the_conflict_is_the_golden_one() -> None:
    found = with_history(MICRO, (-0.25, STEP[1]), HISTORY)
    assert found.conflict == pytest.approx(GOLDEN["G10b_robust_mixture"]["conflict_z"], abs=1e-10)


def test_a_believed_but_wrong_history_errs_as_often_as_the_golden_value_says() -> None:
    """G10c: nothing carries, yet history promises that nearly all of it does."""
    share = with_history(MICRO, STEP, HISTORY, trust=CERTAIN).share
    sd = with_history(MICRO, STEP, HISTORY, trust=CERTAIN).sd
    centre = 0.0953 + share * -0.0953 + (1 - share) * HISTORY[0]
    spread = np.sqrt(MICRO[1] + share**2 * STEP[1])
    wrong = ndtr((centre - 1.959964 * sd) / spread)
    assert wrong == pytest.approx(GOLDEN["G10c_prior_wrong"]["p_wrong_up_claim"], abs=1e-3)


def test_doubt_saves_most_of_the_wrong_claims_of_a_wrong_history() -> None:
    rng = np.random.default_rng(3)
    micro = 0.0953 + rng.normal(0, MICRO[1] ** 0.5, 40_000)
    step = -0.0953 + rng.normal(0, STEP[1] ** 0.5, 40_000)
    believed, doubted = (
        with_history((micro, MICRO[1]), (step, STEP[1]), HISTORY, trust=trust).macro_up
        for trust in (CERTAIN, 0.8)
    )
    assert (doubted > 0.975).mean() < 0.6 * (believed > 0.975).mean()


def test_an_uninformative_history_leaves_the_test_alone() -> None:
    found = with_history(MICRO, STEP, (0, 1e9), trust=CERTAIN)
    assert found.mean == pytest.approx(MICRO[0] + STEP[0], abs=1e-9)
    assert found.worth == pytest.approx(1, abs=1e-9)


def test_a_history_that_doubt_would_not_change_is_one_normal_law() -> None:
    found = with_history(MICRO, STEP, HISTORY, vague=HISTORY)
    ends = [found.mean, found.mean - 1.959964 * found.sd, found.mean + 1.959964 * found.sd]
    assert list(found.interval) == pytest.approx(ends, abs=1e-7)


def test_the_interval_holds_its_mass() -> None:
    found = with_history(MICRO, (-0.25, STEP[1]), HISTORY, level=0.9)
    draws = np.random.default_rng(1)
    trusted = draws.random(400_000) < found.trust
    means, variances = [], []
    for mu, tau2 in (HISTORY, (0.0, 0.04)):
        share = tau2 / (tau2 + STEP[1])
        means.append(MICRO[0] + share * -0.25 + (1 - share) * mu)
        variances.append(MICRO[1] + share * STEP[1])
    lift = np.where(trusted, means[0], means[1]) + draws.standard_normal(400_000) * np.sqrt(
        np.where(trusted, variances[0], variances[1])
    )
    held = [(lift < end).mean() for end in found.interval]
    assert held == pytest.approx([0.5, 0.05, 0.95], abs=0.003)


def test_batches_broadcast() -> None:
    found = with_history((np.zeros((2, 1)), 0.001), (np.zeros(3), 0.004), HISTORY, trust=0.5)
    assert found.macro_up.shape == found.interval.low.shape == (2, 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"micro": (np.nan, 1)}, "micro must be finite, got nan"),
        ({"step": (0, 0)}, "step variance must be positive and finite, got 0"),
        ({"history": (0, -1)}, "history variance must be positive"),
        ({"trust": 1}, "trust must lie strictly between 0 and 1"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, object], message: str) -> None:
    given = {"micro": MICRO, "step": STEP, "history": HISTORY} | change
    data = [given.pop(name) for name in ("micro", "step", "history")]
    with pytest.raises(ValueError, match=message):
        with_history(*data, **given)
