"""Glue of `methods` for looks while a test runs, sorted by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from abmicro.stats import carry_through, proportions, sequential
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.cells import JointCells, NestedCounts

Inputs = dict[str, Any]

SPENDING = {
    "lan_demets_obrien_fleming": "obrien_fleming",
    "lan_demets_pocock": "pocock",
    "hsd": "hwang_shih_decani",
    "power_family": "power",
}


def spending(case: Inputs) -> dict[str, Any]:
    name = case["spending"]
    given = {"spending": SPENDING.get(name, name), "sides": case.get("sides", 2)}
    gamma = case.get("gamma", case.get("parameter"))
    return given if gamma is None else given | {"gamma": gamma}


def fractions(case: Inputs) -> object:
    h = case["information_fractions"]
    found = sequential.critical_values(h, h, alpha=case["alpha"], largest=40, **spending(case))
    nominal = (1 - found.level) / 2
    return {"z": found.z, "cumulative_alpha": found.spent, "nominal_p": nominal * case["sides"]}


def crossings(case: Inputs) -> object:
    h, z = case["information_fractions"], case["z_bounds"]
    found = sequential.crossing(h, z, drift=case["drift"], sides=case["sides"])
    below = found.below if case["sides"] == 2 else np.zeros(len(h))
    return {"upper": found.above, "lower": below}


def inflated(case: Inputs) -> object:
    h = case["information_fractions"]
    z = sequential.critical_values(h, h, alpha=case["alpha"], largest=40, **spending(case)).z
    found = sequential.inflation_of(
        h, z, alpha=case["alpha"], power=case["power"], sides=case["sides"]
    )
    return {
        "inflation": found.maximum,
        "drift": found.drift,
        "asn0_over_fixed": found.mean_null,
        "asn1_over_fixed": found.mean_true,
    }


def classical(shape: Any) -> Callable[[Inputs], object]:
    def answer(case: Inputs) -> object:
        looks, alpha, sides = case["looks"], case["alpha"], case["sides"]
        z = sequential.classical_values(looks, alpha=alpha, shape=shape, sides=sides)
        found = sequential.inflation_of(
            np.arange(1, looks + 1), z, alpha=alpha, power=0.9, sides=sides
        )
        return {"z": z, "constant": z[-1], "inflation_power_90": found.maximum}

    return answer


def mixture_test(case: Inputs) -> object:
    found = sequential.normal_mixture_test(
        case["estimate"], case["se"], tau=case["tau"], alpha=case["alpha"]
    )
    return {"log_lambda": found.log_e, "p_instant": found.p, "ci_half_width": found.half_width}


def rate(case: Inputs) -> object:
    mixing = {"a": case["mixture_alpha"], "b": case["mixture_beta"]}
    return sequential.rate_sequence(case["x"], case["n"], alpha=case["alpha"], **mixing)


def mean(case: Inputs) -> object:
    given = case["mean"], case["sd"], case["n"]
    return sequential.mean_sequence(*given, rho=case["rho"], alpha=case["alpha"])


def daily_shares(case: Inputs) -> object:
    weights = np.array(case["weights"], dtype=float)
    log_e = sequential.sample_ratio_e(
        [case["counts"]], weights / weights.sum(), concentration=case["dirichlet_concentration"]
    )[0]
    return {"log_bayes_factor": log_e, "p_instant": min(1.0, float(np.exp(-log_e)))}


def bets(case: Inputs) -> object:
    prior = [*case["beta_prior"][2:], *case["beta_prior"][:2]]
    log_e = sequential.two_rates_log_e(case["y_b"], case["y_a"], prior=prior)
    return {"log_e": log_e[-1], "log_e_max": max(0.0, float(log_e.max()))}


def bounds(case: Inputs) -> object:
    found = sequential.critical_values(
        case["information"],
        case["clock"],
        alpha=case["alpha"],
        largest=case["far"],
        **spending(case),
    )
    return {"z": found.z}


def stop(case: Inputs) -> object:
    return sequential.at_stop(
        case["z"],
        case["information"],
        case["z_bounds"],
        case["look"],
        estimate=case["estimate"],
        level=case["level"],
        sides=case["sides"],
    )._asdict()


def p_value(case: Inputs) -> object:
    return sequential.sequential_p(
        case["z"], case["information"], case["clock"], largest=case["far"], **spending(case)
    )[-1]


def chances(case: Inputs) -> object:
    given = case["z"], case["information"], case["z_bounds"], case["look"]
    return {
        "conditional_power": sequential.conditional_power(*given, drift=case["drift"]),
        "predictive_power": sequential.predictive_power(*given),
    }


def plan(case: Inputs) -> object:
    found = sequential.inflation(
        np.arange(1, case["looks"] + 1),
        alpha=case["alpha"],
        power=case["power"],
        **spending(case),
    )._asdict()
    return {"inflation" if name == "maximum" else name: one for name, one in found.items()}


def anytime(case: Inputs) -> object:
    rho = sequential.mixture_scale(case["tuned_for"], alpha=case["alpha"])
    values = sequential.anytime_values(case["n"], tuned_for=case["tuned_for"], alpha=case["alpha"])
    log_e = sequential.mixture_log_e(case["z"], case["n"], rho=rho)
    return {"rho": rho, "critical": values.z, "log_e": log_e}


def sample_ratio(case: Inputs) -> object:
    log_e = sequential.sample_ratio_e(
        case["units_by_day"], case["shares_by_day"], concentration=case["concentration"]
    )
    alarms = np.flatnonzero(log_e >= -np.log(case["alpha"]))
    return {"log_e": log_e, "first_alarm_day": alarms[0] + 1 if len(alarms) else 0}


def repeated(case: Inputs) -> object:
    answers = {}
    looks = zip(case["treated_control_by_look"], case["z_bounds"], strict=True)
    for number, ((xt, nt, xc, nc), z) in enumerate(looks, 1):
        treated, control = Binomial(xt, nt), Binomial(xc, nc)
        answers[f"look{number}"] = {"z": proportions.score_test(treated, control).z}
        level = sequential.level_of(_number(z))
        if not np.isnan(level):
            answers[f"look{number}"] |= {
                "difference": proportions.difference(treated, control, level=level)[1:],
                "lift": proportions.lift(treated, control, level=level)[1:],
            }
    return answers


def carried(ruler: Callable[..., Any], cells: Callable[[Any], Any]) -> Callable[[Inputs], object]:
    def answer(case: Inputs) -> object:
        level = sequential.level_of([_number(z) for z in case["z_bounds"]])
        early = np.isnan(level)
        treated, control = cells(case["treated_by_look"]), cells(case["control_by_look"])
        given = {"threshold": case["threshold"], "level": np.where(early, 0.5, level)}
        found = ruler(treated, control, **given)
        label = np.where(early, "too_early", found.label)
        judged = ~early & (label != "no_micro_signal") & (label != "no_expected_carry")
        low, high = (np.where(judged, end, np.nan) for end in (found.ratio.low, found.ratio.high))
        sign = np.where(judged, np.sign(found.micro.estimate), 0)
        settled = sequential.settle(label, low, high, sign, threshold=case["threshold"])
        return {"label": label, "low": low, "high": high, "settled": settled.label}

    return answer


def _number(z: Any) -> float:
    return float(z)


def _lists(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {name: _lists(part) for name, part in answer.items()}
    if isinstance(answer, tuple):
        return [_lists(part) for part in answer]
    return answer.tolist() if isinstance(answer, np.ndarray) else answer


_ANSWERS: dict[str, Callable[[Inputs], object]] = {
    "always_valid/asymptotic_cs": mean,
    "always_valid/beta_binomial_cs": rate,
    "always_valid/howard_bernoulli_cs": lambda i: sequential.centred_rate_sequence(
        i["x"], i["n"], tuned_for=i["t_opt"], alpha=i["alpha"]
    ),
    "always_valid/msprt_normal": mixture_test,
    "always_valid/normal_mixture_boundary": lambda i: {
        "boundary": sequential.mixture_boundary(i["v"], rho=i["rho"], alpha=i["alpha"])
    },
    "always_valid/safe_two_proportions": bets,
    "always_valid/sequential_srm": daily_shares,
    "group_sequential/bounds": fractions,
    "group_sequential/classical_obrien_fleming": classical("obrien_fleming"),
    "group_sequential/classical_pocock": classical("pocock"),
    "group_sequential/crossing_probabilities": crossings,
    "group_sequential/inflation": inflated,
    "sequential/anytime": anytime,
    "sequential/at_stop": stop,
    "sequential/bounds": bounds,
    "sequential/carry_joint": carried(carry_through.joint, JointCells),
    "sequential/carry_path": carried(carry_through.path, NestedCounts),
    "sequential/conditional_power": chances,
    "sequential/plan": plan,
    "sequential/repeated_interval": repeated,
    "sequential/sample_ratio": sample_ratio,
    "sequential/sequential_p": p_value,
}


def _answer(method: Callable[[Inputs], object]) -> Callable[[Inputs], object]:
    return lambda case: _lists(method(case))


SEQUENTIAL = {name: _answer(method) for name, method in _ANSWERS.items()}
