"""Variables of the environment in the source of data, for names that the caller allows."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from abmicro.errors import CountsError, Problem, SourceError
from abmicro.experiment.masking import hide
from abmicro.experiment.model import Data, Experiment

VARIABLE = re.compile(r"\$\{(\w+)\}")


@contextmanager
def expand_source(experiment: Experiment, data: object) -> Iterator[tuple[Experiment, object]]:
    """The experiment and its data with ${NAME} in their sources replaced; no error shows a value.

    data: what was handed in instead of the source of the experiment, or None.

    Raises SourceError for a name that the caller does not allow, or that is not set.
    """
    asked = experiment.data
    allowed = asked.env if asked is not None else frozenset[str]()
    if asked is not None:
        experiment = experiment.model_copy(update={"data": _filled(asked, handed_in=data)})
    given = fill_in_variables(data, allowed) if isinstance(data, str) else data
    secrets = tuple(value for one in allowed if (value := os.environ.get(one)))
    try:
        yield experiment, given
    except (SourceError, CountsError) as error:
        if not secrets:
            raise
        raise type(error)(*(_hidden(one, secrets) for one in error.problems)) from None


def fill_in_variables(text: str, allowed: Collection[str], where: str = "data.source") -> str:
    """The text with ${NAME} replaced by the variable of that name; see `expand_source`.

    A definition from a stranger could otherwise send any secret of the machine to any host.
    """

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name not in allowed:
            what = f"${{{name}}} asks for a variable of the environment that is not allowed here"
            hint = f'allow it with --env {name}, or ab.load(file, env=["{name}"])'
            raise SourceError(Problem(where, what, "E316", hint))
        if name not in os.environ:
            what = f"the environment has no variable {name}"
            raise SourceError(Problem(where, what, "E303", f"export {name}=... before the run"))
        return os.environ[name]

    return VARIABLE.sub(value, text)


def _filled(data: Data, *, handed_in: object) -> Data:
    changed: dict[str, object] = {}
    if handed_in is None and data.source is not None:
        changed["source"] = fill_in_variables(data.source, data.env)
    if (who := data.identity) is not None and who.source is not None:
        source = fill_in_variables(who.source, data.env, "data.identity.source")
        changed["identity"] = who.model_copy(update={"source": source})
    return data.model_copy(update=changed)


def _hidden(problem: Problem, secrets: tuple[str, ...]) -> Problem:
    where, what, hint = (hide(one, secrets) for one in (problem.where, problem.what, problem.hint))
    return replace(problem, where=where, what=what, hint=hint)
