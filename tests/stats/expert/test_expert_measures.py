"""Expert measures of one experiment: figures of the design note, other programs, every edge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy.stats import multivariate_normal

from abmicro.stats.foundations.cells import JointCells
from abmicro.stats.foundations.effect import Effect, critical
from abmicro.stats.foundations.fieller_sets import FiellerSet, Kind
from abmicro.stats.foundations.numerics.bivariate_normal import both_below
from abmicro.stats.mediation.confounding import kappa_without_harm, rho_without_effect, sensitivity
from abmicro.stats.mediation.effects import mediation
from abmicro.stats.mediation.joint_tests import _critical_of_larger, two_goals
from abmicro.stats.mediation.principal_stratification import principal_strata
from abmicro.stats.mediation.surrogacy import surrogate

GOLDEN = json.loads(
    (Path(__file__).parents[2] / "golden" / "carry" / "golden_carry.json").read_text()
)
G4, G5, G6 = GOLDEN["G4_secondary"], GOLDEN["G5_sensitivity"], GOLDEN["G6_strata"]
ARMS = G4["inputs"]["control"], G4["inputs"]["variant"]
PATH = [2950, 9050, 0, 88000], [3105, 10095, 0, 86800]
EMPTY = [0, 0, 0, 0], [1, 2, 3, 4]

cell = st.integers(1, 5_000)
arm = st.tuples(cell, cell, cell, cell)


def ends(found: FiellerSet, at: int | tuple[()] = ()) -> list[float]:
    assert found.kind[at] == Kind.INTERVAL
    return [float(found.low[at]), float(found.high[at])]


def expected(fieller: dict[str, float]) -> object:
    return pytest.approx([fieller["lo"], fieller["hi"]], rel=1e-8)


def test_the_parts_are_those_of_the_design_note() -> None:
    # G4; R mediation 4.5.1 and statsmodels Mediation agree within their simulation error.
    found, z = mediation(*map(JointCells, ARMS[::-1])), float(critical(0.95))
    parts: dict[str, tuple[Effect, Any]] = {
        "ACME(0)": (found.through, 0),
        "ACME(1)": (found.through, 1),
        "ADE(0)": (found.beside, 0),
        "ADE(1)": (found.beside, 1),
        "TE": (found.total, ()),
    }
    for name, (effect, at) in parts.items():
        golden = G4["mediation"][name]
        assert effect.estimate[at] == pytest.approx(golden["est"], rel=1e-8)
        assert (effect.high[at] - effect.low[at]) / 2 / z == pytest.approx(golden["se"], rel=1e-8)


@pytest.mark.parametrize("at", [0, 1])
def test_the_share_through_has_the_set_of_the_design_note(at: int) -> None:
    golden = G4["mediation"][f"PTE({at})"]
    found = mediation(*map(JointCells, ARMS[::-1])).share
    assert found.estimate[at] == pytest.approx(golden["est"], rel=1e-8)
    assert ends(found, at) == expected(golden["fieller"])


@given(arm, arm)
def test_both_splits_add_up_to_the_difference(control: tuple[int], treated: tuple[int]) -> None:
    found = mediation(JointCells(treated), JointCells(control))
    for parts in (
        found.through.estimate + found.beside.estimate[::-1],
        sensitivity(JointCells(treated), JointCells(control), 0.3).through[:, 0]
        + sensitivity(JointCells(treated), JointCells(control), 0.3).beside[::-1, 0],
    ):
        assert parts == pytest.approx(np.repeat(found.total.estimate, 2), abs=1e-12)


@given(arm, arm)
def test_without_hidden_cause_the_model_gives_the_sums(
    control: tuple[int], treated: tuple[int]
) -> None:
    sums, model = (
        mediation(JointCells(treated), JointCells(control)),
        sensitivity(JointCells(treated), JointCells(control), 0),
    )
    assert model.through[:, 0] == pytest.approx(sums.through.estimate, abs=1e-12)
    assert model.beside[:, 0] == pytest.approx(sums.beside.estimate, abs=1e-12)


@pytest.mark.parametrize("rho", list(G5))
def test_the_curve_over_hidden_correlations_is_that_of_the_design_note(rho: str) -> None:
    found, golden = sensitivity(*map(JointCells, ARMS[::-1]), float(rho)), G5[rho]
    got = {
        "ACME(0)": found.through[0, 0],
        "ACME(1)": found.through[1, 0],
        "ADE(0)": found.beside[0, 0],
        "ADE(1)": found.beside[1, 0],
    }
    assert got == pytest.approx({name: golden[name] for name in got}, abs=1e-8)


def test_the_sign_turns_at_the_correlation_of_the_design_note() -> None:
    assert float(rho_without_effect(*map(JointCells, ARMS[::-1]))) == pytest.approx(
        0.3625, abs=5e-5
    )


def test_a_hidden_cause_is_seen_through_when_its_correlation_is_known() -> None:
    # Cells in expectation of two thresholds with correlation 0.4, a variant that lifts both.
    rho, units = 0.4, 10**9
    cells: list[list[int]] = []
    for micro, macro in ((-1.0, -1.4), (-0.8, -1.3)):
        both = float(both_below(micro, macro, rho))
        reached = [float(both_below(bar, np.inf, rho)) for bar in (micro, macro)]
        shares = both, reached[0] - both, reached[1] - both
        cells.append([round(units * share) for share in (*shares, 1 - sum(shares))])
    # Without a direct path the micro bar does not matter for the macro: nothing goes through.
    control, treated = cells
    found = sensitivity(JointCells(treated), JointCells(control), rho)
    assert found.through == pytest.approx(0, abs=1e-7)
    assert (
        mediation(JointCells(treated), JointCells(control)).through.estimate.min() > 0.007
    )  # nearly half of the total


def test_an_innocent_variant_has_the_kappa_of_the_design_note() -> None:
    # G5b: control 12 % and 25 %, micro 13.2 %.
    by_rho = GOLDEN["G5b_benchmark_under_selection"]["by_rho"]
    found = kappa_without_harm(0.12, 0.25, 0.132, [float(rho) for rho in by_rho])
    assert found == pytest.approx([row["kappa_log"] for row in by_rho.values()], abs=1e-8)


@pytest.mark.parametrize("rho", [-0.9, -0.3, 0.0, 0.5, 0.9])
def test_the_joint_normal_law_is_scipys(rho: float) -> None:
    law = multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    for first, second in ((-1.2, 0.3), (2.0, -3.0), (0.0, 0.0)):
        assert float(both_below(first, second, rho)) == pytest.approx(
            law.cdf([first, second]), abs=1e-9
        )


def test_measures_of_a_stand_in_are_those_of_the_design_note() -> None:
    # G4; R glm sums to 9 digits.
    found, golden = surrogate(*map(JointCells, ARMS[::-1])), G4["logistic"]
    got = {
        "beta_Z": float(found.macro),
        "beta_Z_given_M": float(found.macro_given_micro),
        "freedman_PTE": float(found.explained.estimate),
        "alpha_Z_on_M": float(found.micro),
        "relative_effect": float(found.relative_effect.estimate),
        "adjusted_association_logOR": float(found.association.estimate),
        "prentice4_LR_2df": float(found.prentice.statistic),
        "prentice4_p": float(found.prentice.p),
    }
    assert got == pytest.approx({name: golden[name] for name in got}, rel=1e-8)
    assert ends(found.explained) == expected(golden["freedman_fieller"])
    assert ends(found.relative_effect) == expected(golden["relative_effect_fieller"])
    reach = float(found.association.high - found.association.estimate) / float(critical(0.95))
    assert reach == pytest.approx(golden["adjusted_association_se"], rel=1e-8)


def test_on_a_path_only_units_with_the_micro_goal_tell() -> None:
    found = surrogate(*map(JointCells, PATH[::-1]))
    q0, q1 = 2950 / 12000, 3105 / 13200
    odds = np.log(q1 / (1 - q1)) - np.log(q0 / (1 - q0))
    assert float(found.macro_given_micro) == pytest.approx(odds)
    assert float(found.prentice.df) == 1
    assert float(found.association.estimate) == np.inf


def test_a_faint_macro_effect_is_not_clear_enough_to_be_explained() -> None:
    assert not surrogate(*map(JointCells, ARMS[::-1])).clear
    assert surrogate(
        JointCells([1500, 4500, 1000, 13000]), JointCells([900, 3100, 1000, 15000])
    ).clear


def test_bounds_are_those_of_the_design_note() -> None:
    # G6: which converters lost, the extra or the old ones, is not identified.
    found = principal_strata(*map(JointCells, PATH[::-1]))
    assert found.movers == pytest.approx(G6["quality_movers"])
    assert found.always == pytest.approx(G6["quality_always"])
    assert found.effect == pytest.approx(G6["effect_on_always"])


@pytest.mark.parametrize(
    "arms", [PATH[::-1], (PATH[0], PATH[0]), ARMS, EMPTY], ids=["loss", "equal", "beside", "empty"]
)
def test_bounds_need_more_micro_converters_on_a_path(arms: tuple[list[int], list[int]]) -> None:
    assert np.isnan(principal_strata(*map(JointCells, arms[::-1])).always).all()


def test_both_goals_move_together_as_in_the_design_note() -> None:
    found = two_goals(*map(JointCells, ARMS[::-1]))
    assert float(found.chi_square) == pytest.approx(G4["wald2df"], rel=1e-8)
    assert float(found.p) == pytest.approx(G4["wald_p"], rel=1e-8)
    assert float(found.correlation) == pytest.approx(G4["corr"], rel=1e-8)
    phi = [G4["rates0"]["phi"], G4["rates1"]["phi"]]
    assert found.phi == pytest.approx(phi, rel=1e-8)


@pytest.mark.parametrize("rho", [-0.99, -0.5, 0.0, 0.7, 0.999])
def test_the_larger_of_two_scores_exceeds_its_threshold_as_often_as_asked(rho: float) -> None:
    u = float(_critical_of_larger(rho, 0.025))
    law = multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    assert 1 - law.cdf([u, u]) == pytest.approx(0.025, abs=1e-6)


@given(arm, arm)
def test_the_joint_test_asks_neither_which_goal_nor_which_arm_comes_first(
    control: tuple[int, ...], treated: tuple[int, ...]
) -> None:
    statistic = pytest.approx(
        float(two_goals(JointCells(treated), JointCells(control)).chi_square), rel=1e-6, abs=1e-9
    )
    turned = [(both, macro, micro, none) for both, micro, macro, none in (control, treated)]
    assert float(two_goals(*map(JointCells, turned[::-1])).chi_square) == statistic
    assert float(two_goals(JointCells(control), JointCells(treated)).chi_square) == statistic


@pytest.mark.parametrize("measure", [mediation, surrogate, two_goals, principal_strata])
def test_any_batch_shape_gives_the_figures_of_its_cells(measure: object) -> None:
    control = JointCells([[ARMS[0]], [PATH[0]], [EMPTY[0]]])
    batch = measure(JointCells([ARMS[1], PATH[1]]), control)  # type: ignore[operator]
    one = measure(JointCells(PATH[1]), JointCells(PATH[0]))  # type: ignore[operator]
    for name in type(one).__dataclass_fields__:
        together, alone = (np.asarray(leaf(getattr(each, name))) for each in (batch, one))
        assert together[1, 1] == pytest.approx(alone, nan_ok=True)


def leaf(figure: object) -> object:
    return getattr(figure, "estimate", getattr(figure, "p", figure))


@pytest.mark.parametrize("measure", [mediation, surrogate, two_goals, principal_strata])
@pytest.mark.parametrize("cells", [[1, 2, 3], [-1, 2, 3, 4], [0.5, 1, 2, 3]])
def test_cells_that_cannot_be_are_refused(measure: object, cells: list[float]) -> None:
    with pytest.raises(ValueError, match="cells"):
        measure(JointCells([1, 2, 3, 4]), JointCells(cells))  # type: ignore[operator]


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("which", [0, 1])
def test_a_zero_in_any_cell_gives_numbers_or_nan_but_no_warning(at: int, which: int) -> None:
    arms = [list(ARMS[0]), list(ARMS[1])]
    arms[which][at] = 0
    for measure in (mediation, surrogate, two_goals, principal_strata, rho_without_effect):
        measure(*map(JointCells, arms[::-1]))


def test_a_thousand_million_units_keep_their_digits() -> None:
    many = [[250_000 * count for count in each] for each in ARMS]
    found = mediation(*map(JointCells, many[::-1]))
    assert found.total.estimate == pytest.approx(0.0065, rel=1e-12)
    assert surrogate(*map(JointCells, many[::-1])).explained.estimate == pytest.approx(
        0.589898624609511, rel=1e-9
    )
