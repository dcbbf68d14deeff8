"""Glue of `methods` for what past tests say, sorted by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from abmicro.stats import programme
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
    return np.asarray(answer).tolist()


_ANSWERS: dict[str, Callable[[Inputs], object]] = {
    "history/association": associated,
    "history/chance_agreement": lambda i: {"share": programme.chance_agreement(i["phi"])},
    "history/chance_wins": lambda i: programme.chance_wins(
        i["tests"], i["wins"], alpha=i["alpha"]
    )._asdict(),
    "history/goal_choice": choice,
    "history/learn_omega": learnt,
    "history/pass_through": pass_through,
    "history/programme_value": lambda i: {
        "per_test": programme.programme_value(i["quality"], i["mean"], i["sd"])
    },
    "history/structural": structural,
}


def _answer(method: Callable[[Inputs], object]) -> Callable[[Inputs], object]:
    return lambda case: _lists(method(case))


HISTORY = {name: _answer(method) for name, method in _ANSWERS.items()}
