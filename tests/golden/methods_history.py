"""Glue of `methods` for what past tests say, sorted by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from abmicro.stats import programme, quality
from abmicro.stats.foundations.binomial import Binomial
from abmicro.stats.foundations.cells import JointCells

Inputs = dict[str, Any]


def arms(case: Inputs, column: int) -> Any:
    """Treated and control of a column of counts, the control of each treated arm."""
    treated, controls = np.array(case["treated"]), np.array(case["controls"])
    return treated[:, column], controls[case["test"], column]


def pass_through(case: Inputs) -> object:
    (mt, mc), (yt, yc) = arms(case, 1), arms(case, 2)
    lift = np.log(yt / mt) - np.log(yc / mc)
    step = programme.typical_step(
        lift, 1 / yt - 1 / mt, 1 / yc - 1 / mc, case["test"], level=case["level"]
    )
    new = case["new"]
    predicted = programme.carried_macro(step, new["micro"], new["var_micro"], level=case["level"])
    return {
        "mu": step.mean,
        "tau2": step.variance,
        "se": step.se,
        "low": step.low,
        "high": step.high,
        "q_at_zero": step.q,
        "predicted": predicted._asdict(),
    }


@cache
def learnt_from(controls: str, treated: str, test: str, prior: str) -> programme.Programme:
    """From counts and prior as JSON, so that equal histories are learnt once."""
    before, arms = json.loads(prior), [np.array(json.loads(text)) for text in (controls, treated)]
    control, own = (
        programme.arm_rates(np.column_stack([counts, counts[:, 2]])) if len(counts) else None
        for counts in arms
    )
    given = programme.ProgrammePrior(
        lift_sd=before["s"],
        around_sd=before["t"],
        slope=before["slope_mean"],
        slope_sd=before["slope_sd"],
        mean_sd=float(before["mean_sd"]),
        intercept_sd=float(before["intercept_sd"]),
    )
    if control is None or own is None:
        return programme.programme([], [], [], [], prior=given)
    row = json.loads(test)
    return programme.programme(
        own.rates - control.rates[row], own.noise, control.noise, row, prior=given
    )


def learnt_programme(case: Inputs) -> programme.Programme:
    return learnt_from(
        *(json.dumps(case[name]) for name in ("controls", "treated", "test", "prior"))
    )


def new_test(case: Inputs) -> tuple[list[float], list[float]]:
    new = case["new"]
    return [new["micro"], new["macro"]], noise(new)


def noise(given: Inputs) -> list[float]:
    return [given[name] for name in ("var_micro", "cov", "var_macro")]


def summary(case: Inputs) -> object:
    found = programme.summary(learnt_programme(case), level=case["level"])
    return {
        "slope": found.slope,
        "slope_sd": found.slope_sd,
        "s": found.lift_sd,
        "t": found.around_sd,
        "mu_m": found.micro,
        "mu_y": found.macro,
        "r2": found.r2,
        "low": found.r2_low,
        "high": found.r2_high,
    }


def micro_only(case: Inputs) -> object:
    given = case["new"]["micro"], case["new"]["var_micro"]
    return programme.micro_only(learnt_programme(case), *given, level=case["level"])._asdict()


def blended(case: Inputs) -> object:
    given = new_test(case)
    return programme.blended(learnt_programme(case), *given, level=case["level"])._asdict()


def robust(case: Inputs) -> object:
    found = programme.robust_blend(
        learnt_programme(case),
        *new_test(case),
        trust=case["trust"],
        vague=noise(case["vague"]),
        level=case["level"],
    )
    return found.guess._asdict() | {"trust": found.trust}


def threshold(case: Inputs) -> object:
    variance = case["new"]["var_micro"]
    found = programme.threshold(learnt_programme(case), variance, level=case["level"])
    return {"log_lift": None if np.isnan(found) else found}


def gain(case: Inputs) -> object:
    found = programme.gain(learnt_programme(case), case["chosen"], level=case["level"])
    return found.kept._asdict() | {"claimed": found.claimed}


def lift_law(case: Inputs) -> object:
    found = programme.lift_law(case["lift"], case["variance"], prior_sd=case["prior_s"])
    return {
        "mu": found.mean,
        "mu_sd": found.mean_sd,
        "s": found.sd,
        "p_positive": found.positive,
        **found.lifts._asdict(),
    }


def sources(case: Inputs) -> object:
    found = quality.source_rates(Binomial(case["reached"], case["units"]), level=case["level"])
    return found._asdict() | {"pooled": found.common}


def days(case: Inputs) -> object:
    given = Binomial(case["reached"], case["units"]), case["weekday"]
    found = quality.day_scores(*given, false_alarm=case["false_alarm"])
    return found._asdict() | {"flagged": np.flatnonzero(found.flagged)}


def structural(case: Inputs) -> object:
    omega = programme.structural_omega(
        case["steps"],
        case["dilutions"],
        acts=case["acts"],
        acting_sd=case["s"],
        later_sd=case["t"],
    )
    return {"omega": omega}


def learnt(case: Inputs) -> object:
    given = case["lifts"], case["noise"], case["prior"]
    return {"omega": programme.learn_omega(*given, strength=case["strength"])}


def choice(case: Inputs) -> object:
    given = case["omega"], case["noise"], case["macro"]
    found = programme.greedy_goals(*given)
    return {
        "quality": programme.goal_quality(*given),
        "greedy": found.chosen,
        "quality_squared": found.score,
    }


def associated(case: Inputs) -> object:
    cells = [case[name] for name in ("both", "micro_only", "macro_only", "neither")]
    return programme.association(JointCells(cells), level=case["level"])._asdict()


def _lists(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {name: _lists(part) for name, part in answer.items()}
    return None if answer is None else np.asarray(answer).tolist()


_ANSWERS: dict[str, Callable[[Inputs], object]] = {
    "history/association": associated,
    "history/blended": blended,
    "history/chance_agreement": lambda i: {"share": programme.chance_agreement(i["phi"])},
    "history/chance_wins": lambda i: programme.chance_wins(
        i["tests"], i["wins"], alpha=i["alpha"]
    )._asdict(),
    "history/conflict": lambda i: {"z": programme.conflict(learnt_programme(i), *new_test(i))},
    "history/day_chart": days,
    "history/gain": gain,
    "history/goal_choice": choice,
    "history/learn_omega": learnt,
    "history/lift_law": lift_law,
    "history/micro_only": micro_only,
    "history/pass_through": pass_through,
    "history/programme": summary,
    "history/programme_r2": summary,
    "history/programme_r2_interval": summary,
    "history/programme_value": lambda i: {
        "per_test": programme.programme_value(i["quality"], i["mean"], i["sd"])
    },
    "history/proxy_quality": lambda i: programme.proxy_quality(
        learnt_programme(i), noise(i["new"])
    )._asdict(),
    "history/robust": robust,
    "history/source_rates": sources,
    "history/structural": structural,
    "history/threshold": threshold,
}


def _answer(method: Callable[[Inputs], object]) -> Callable[[Inputs], object]:
    return lambda case: _lists(method(case))


HISTORY = {name: _answer(method) for name, method in _ANSWERS.items()}
