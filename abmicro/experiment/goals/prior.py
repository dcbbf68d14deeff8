"""What was believed of a rate, and of its lift, before the data: the prior of the posteriors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from abmicro.errors import Problem, suggest
from abmicro.experiment.field_types import Fraction, Number, Positive, between, number_schema
from abmicro.experiment.strict_model import StrictModel, fault, shown

LEAST = 0.001
"""The smallest parameter of a beta prior."""
NAMED = {"jeffreys": {"a": 0.5, "b": 0.5}, "uniform": {"a": 1.0, "b": 1.0}}


def _as_table(prior: Any) -> Any:
    """A prior given by its name as the table it stands for."""
    if not isinstance(prior, str):
        return prior
    if prior not in NAMED:
        what = f"{shown(prior)} is not a prior"
        hint = f"{suggest(prior, list(NAMED))}, or a table such as {{ a = 2, b = 98 }}"
        raise fault(Problem("", what, "E012", hint))
    return NAMED[prior]


def _as_tests(past: Any) -> Any:
    """Past tests as pairs (reached, units) of whole numbers."""
    try:
        pairs = tuple((reached, units) for reached, units in past)
    except (TypeError, ValueError):
        raise fault(Problem("", f"{shown(past)} is not a list of pairs", "E013", _PAST)) from None
    for reached, units in pairs:
        if type(reached) is not int or type(units) is not int:
            what = f"[{shown(reached)}, {shown(units)}] is not a pair of whole numbers"
            raise fault(Problem("", what, "E013", _PAST))
        if not 0 <= reached <= units or not units:
            what = f"{reached} of {units} units cannot have reached a goal"
            raise fault(Problem("", what, "E080", _PAST))
    return pairs


_PAST = "write [units that reached the goal, all units] for each test: [[31, 980], [29, 1012]]"


_COUNT = {"type": "integer", "minimum": 0}
_TEST = {"type": "array", "items": _COUNT, "minItems": 2, "maxItems": 2}
_TESTS = WithJsonSchema({"type": "array", "items": _TEST, "minItems": 2})

Spread = Annotated[Number, AfterValidator(between(0, 3)), number_schema(0, 3)]


class Prior(StrictModel):
    """Beta prior of the rate in every variant; `lift_sd` ties the variants by a prior of the lift.

    a, b: parameters of the beta law; the default is Jeffreys'.
    baseline, give_or_take: mean and standard deviation of the beta law instead, fractions.
    past: (reached, units) of the control of past tests instead; the beta law is fitted to them.
    vague: share of the belief that stays with Jeffreys' prior, so that data which contradict the
        rest can overrule it.
    lift_sd: standard deviation of the logarithm of treated / control, below 3, normal around no
        change; the beta law is then that of the control only.

    Raises DefinitionError with every rule that is broken.

    >>> Prior(past=[[31, 980], [29, 1012]]).past
    ((31, 980), (29, 1012))
    """

    toml_table: ClassVar[str] = "analysis.prior"

    a: Positive = 0.5
    b: Positive = 0.5
    baseline: Fraction | None = None
    give_or_take: Positive | None = None
    past: Annotated[tuple[tuple[int, int], ...], BeforeValidator(_as_tests), _TESTS] = ()
    vague: Fraction | None = None
    lift_sd: Spread | None = None

    @property
    def is_beta(self) -> bool:
        """Whether it is a single beta law of the rate of every variant."""
        return self.vague is None and self.lift_sd is None

    @model_validator(mode="after")
    def _keep_the_rules(self, info: ValidationInfo) -> Self:
        if info.context is None and (problems := tuple(_problems(self))):
            raise fault(*problems)
        return self


PriorChoice = Annotated[Prior, BeforeValidator(_as_table)]
"""A prior as a definition gives it: by name, `jeffreys` or `uniform`, or as a table."""


def _problems(prior: Prior) -> Iterator[Problem]:
    given = prior.model_fields_set
    sorts = {
        "a and b": bool({"a", "b"} & given),
        "baseline": prior.baseline is not None,
        "past": bool(prior.past),
    }
    said = [name for name, is_given in sorts.items() if is_given]
    if len(said) > 1:
        yield Problem("", f"says twice what the rate may be: {' and '.join(said)}", "E080", _ONE)
    for name, parameter in (("a", prior.a), ("b", prior.b)):
        if parameter < LEAST:
            yield Problem(name, f"is {parameter:g}, {_SURE}", "E080", f"write {LEAST} or more")
    yield from _unclear_rate(prior.baseline, prior.give_or_take)
    yield from _unclear_past(prior.past)
    if prior.vague is not None and prior.lift_sd is not None:
        what = "a prior of the lift has no vague part"
        yield Problem("vague", what, "E080", "drop vague, or widen lift_sd")


_SURE = "which is sure that nobody or everybody converts"
_ONE = "keep one of a and b, baseline and give_or_take, past"


def _unclear_past(past: Sequence[tuple[int, int]]) -> Iterator[Problem]:
    if len(past) == 1:
        what = "one past test does not show how much rates vary between tests"
        hint = "list two or more, or write baseline and give_or_take"
        yield Problem("past", what, "E080", hint)
    if past and all(reached in (0, units) for reached, units in past):
        what = "past tests that nobody, or everybody, converted in tell no prior"
        yield Problem("past", what, "E080", "list tests in which some units reached the goal")


def _unclear_rate(baseline: float | None, give_or_take: float | None) -> Iterator[Problem]:
    if baseline is None or give_or_take is None:
        if baseline != give_or_take:
            missing = "baseline" if baseline is None else "give_or_take"
            hint = "write baseline = 0.03, give_or_take = 0.01"
            yield Problem(missing, "is missing", "E011", hint)
        return
    widest: float = (baseline * (1 - baseline)) ** 0.5
    rarer = min(baseline, 1 - baseline)
    at_most = widest / (1 + LEAST / rarer) ** 0.5
    if give_or_take >= at_most:
        what = f"a rate of {baseline:g} cannot vary by {give_or_take:g}"
        yield Problem("give_or_take", what, "E080", f"write less than {at_most:.4g}")
