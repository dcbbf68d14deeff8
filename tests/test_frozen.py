"""Frozen records beside those that `dataclass(frozen=True, slots=True)` makes of the same lines."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, astuple, dataclass, field, fields, replace
from typing import Any

import pytest

from abmicro.frozen import frozen


class Plain:
    """A pair of numbers with a name."""

    low: float
    high: float = 2.0
    names: list[str] = field(default_factory=list)
    noted: str = field(default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("the ends are turned around")

    @property
    def width(self) -> float:
        return self.high - self.low


def body() -> dict[str, Any]:
    left_out = {"__dict__", "__weakref__"}
    return {name: value for name, value in vars(Plain).items() if name not in left_out}


Ours: Any = frozen(type("Plain", (), body()))
Theirs: Any = dataclass(frozen=True, slots=True)(type("Plain", (), body()))
KINDS = pytest.mark.parametrize("kind", [Ours, Theirs], ids=["ours", "theirs"])


@frozen
class Kept:
    """A record that a pickle finds by its name."""

    at: int
    notes: tuple[str, ...] = ()


@pytest.mark.parametrize(
    "seen",
    [
        repr,
        asdict,
        astuple,
        lambda one: [(at.name, at.type, at.compare) for at in fields(one)],
        lambda one: one.__match_args__,
        lambda one: type(one).__slots__,
        lambda one: one.width,
        lambda one: asdict(replace(one, low=0.5)),
        lambda one: repr(copy.deepcopy(one)),
        lambda one: str(inspect.signature(type(one))),
        lambda one: str(inspect.signature(type(one).__init__)),
        lambda one: type(one).__init__.__qualname__,
        lambda one: one == replace(one, noted="apart"),
        lambda one: one == replace(one, high=9.0),
        lambda one: one.__eq__("something else"),
    ],
)
def test_a_record_is_what_the_standard_library_makes(seen: Callable[[Any], object]) -> None:
    assert seen(Ours(1.0, names=["a"])) == seen(Theirs(1.0, names=["a"]))


@KINDS
def test_a_default_is_made_anew_for_every_record(kind: Any) -> None:
    assert kind(1.0).names is not kind(1.0).names


@KINDS
def test_nothing_can_be_set_or_deleted(kind: Any) -> None:
    one = kind(1.0)
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'low'"):
        one.low = 0.0
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'low'"):
        del one.low


@KINDS
def test_what_is_wrong_is_refused(kind: Any) -> None:
    with pytest.raises(ValueError, match="turned around"):
        kind(3.0)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'low'"):
        kind()
    with pytest.raises(TypeError, match="unexpected keyword argument 'lowest'"):
        kind(lowest=1.0)


def test_equal_records_have_one_hash_unless_they_are_not_compared() -> None:
    assert hash(Kept(1, ("a",))) == hash(Kept(1, ("a",)))
    assert len({Kept(1), Kept(1), Kept(2)}) == 2
    apart: Any = frozen(eq=False)(type("Plain", (), body()))
    assert apart(1.0) != apart(1.0)
    assert len({apart(1.0), apart(1.0)}) == 2


def test_a_class_below_may_be_made_before_the_record() -> None:
    record: Any = frozen(type("Plain", (), body()))
    below = type("Below", (record,), {"__slots__": ()})
    assert below(1.0).width == record(1.0).width == 1.0


def test_a_record_survives_a_pickle() -> None:
    assert pickle.loads(pickle.dumps(Kept(1, ("a",)))) == Kept(1, ("a",))  # noqa: S301


def test_what_a_class_defines_itself_stays() -> None:
    @frozen(eq=False)
    class Halved:
        """Made of twice its value."""

        value: float

        def __init__(self, twice: float) -> None:
            object.__setattr__(self, "value", twice / 2)

        def __repr__(self) -> str:
            return f"half of {2 * self.value:g}"

    assert repr(Halved(3.0)) == "half of 3"
