"""Records that cannot be changed: frozen dataclasses with slots, made in a quarter of the time.

`dataclass(frozen=True, slots=True)` writes and compiles six functions for each class; for some
hundred records that was a fifth of what a command took before its first number. Here a record gets
its constructor alone, once it is first made, and how it is shown, compared, hashed and guarded is
shared by all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def frozen(made: type[T], /) -> type[T]: ...


@overload
def frozen(*, eq: bool = True) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(made: type[Any] | None = None, /, *, eq: bool = True) -> Any:
    """The class as a frozen dataclass with slots; what it defines itself stays.

    eq: compared and hashed by its fields; not so where they are arrays.

    `fields`, `replace`, `asdict`, patterns, copies and pickles work as with any dataclass. Raises
    FrozenInstanceError where a field is set or deleted.

    >>> @frozen
    ... class Point:
    ...     x: float
    ...     y: float = 0.0
    >>> Point(1.0), Point(1.0) == Point(1.0, 0.0)
    (Point(x=1.0, y=0.0), True)
    """

    def of(meant: type[Any]) -> type[Any]:
        kind = dataclass(init=False, repr=False, eq=False, slots=True)(meant)
        shared = GUARDS | (_compared(kind) if eq else {})
        own = {"__init__", "__repr__", "__eq__"} & vars(meant).keys()
        for name, function in (shared | {"__init__": _WrittenLater(kind)}).items():
            if name not in own:
                setattr(kind, name, function)
        return kind

    return of if made is None else of(made)


class _Factory:
    """Stands for a default that is made anew for every record."""

    def __repr__(self) -> str:
        return "<factory>"


FACTORY = _Factory()


class _WrittenLater:
    """Stands for the constructor of a class until somebody asks for it; few commands make all."""

    def __init__(self, kind: type[Any]) -> None:
        self.kind = kind

    def __get__(self, one: object, owner: type[Any] | None = None) -> Callable[..., None]:
        made = _constructor(self.kind)
        setattr(self.kind, "__init__", made)  # noqa: B010 - mypy refuses the plain form
        bound: Callable[..., None] = made.__get__(one, owner)
        return bound


def _constructor(kind: type[Any]) -> Callable[..., None]:
    """The function that sets the fields of a class, then calls its `__post_init__`."""
    known: dict[str, Any] = {"put": object.__setattr__, "FACTORY": FACTORY}
    taken, lines = ["self"], []
    for one in fields(kind):
        default, value = _default(one), one.name
        known[f"default_{one.name}"] = default
        if default is FACTORY:
            known[f"make_{one.name}"] = one.default_factory
            value = f"make_{one.name}() if {one.name} is FACTORY else {one.name}"
        taken.append(one.name if default is MISSING else f"{one.name}=default_{one.name}")
        lines.append(f" put(self, {one.name!r}, {value})")
    if hasattr(kind, "__post_init__"):
        lines.append(" self.__post_init__()")
    text = f"def __init__({', '.join(taken)}):\n" + "\n".join(lines or [" pass"])
    exec(text, known)  # noqa: S102 - names of fields are identifiers
    made: Callable[..., None] = known["__init__"]
    made.__qualname__ = f"{kind.__qualname__}.__init__"
    made.__annotations__ = {one.name: one.type for one in fields(kind)} | {"return": None}
    return made


def _default(one: Field[Any]) -> object:
    """What a field is when nothing is given; MISSING where something must be."""
    return one.default if one.default_factory is MISSING else FACTORY


def _shown(self: Any) -> str:
    parts = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({', '.join(parts)})"


def _refuse_to_set(self: object, name: str, value: object) -> None:  # noqa: ARG001
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:  # noqa: ARG001
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, one.name) for one in fields(self)]


def _put_state(self: Any, state: list[Any]) -> None:
    for one, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, one.name, value)


def _compared(kind: type[Any]) -> dict[str, Callable[..., object]]:
    """How records of a class are compared and hashed."""
    names = [one.name for one in fields(kind) if one.compare]
    values = attrgetter(*names) if names else repr

    def equal(self: Any, other: object) -> object:
        alike = other.__class__ is self.__class__
        return values(self) == values(other) if alike else NotImplemented

    def hashed(self: Any) -> int:
        return hash(values(self))

    return {"__eq__": equal, "__hash__": hashed}


GUARDS = {
    "__repr__": _shown,
    "__setattr__": _refuse_to_set,
    "__delattr__": _refuse_to_delete,
    "__getstate__": _state,
    "__setstate__": _put_state,
}
