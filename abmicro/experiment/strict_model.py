"""The base of every table of the definition: frozen, strict, its errors in plain English.

pydantic finds what is wrong with keys, types and choices; `StrictModel` turns each finding into a
`Problem` with the dotted path of the TOML file, so that a definition typed in Python and one read
from a file are refused in the same sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from abmicro.errors import DefinitionError, Problem, suggest
from abmicro.experiment.bounds import LONGEST_NAME, MOST_PROBLEMS
from abmicro.experiment.file.toml_text import key
from abmicro.experiment.masking import mask

_NEEDED = {
    "string_type": "text in quotes",
    "string_unicode": "text that UTF-8 can hold",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a table",
    "dict_type": "a table",
}
_EXAMPLES = {
    "name": 'name = "what reports call it"',
    "variants": '[variants] arms = ["control", "new"]',
    "goals": '[goals.add_to_cart] kind = "milestone"',
    "column": 'column = "the column that holds it"',
    "kind": 'kind = "milestone", "action" or "macro"',
    "shape": 'shape = "events", "units", "counts" or "joint"',
}


class StrictModel(BaseModel):
    """A table of the definition: a frozen model whose every fault is a `DefinitionError`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    toml_table: ClassVar[str] = ""
    """Where the part stands in the file; for a goal, a segment or a variant the table around it."""

    heading: ClassVar[frozenset[str]] = frozenset()
    """Keys that the file says by the place of the part and not by their names."""

    def __init__(self, **keys: Any) -> None:
        keys = self.arranged(keys)
        try:
            super().__init__(**keys)
        except ValidationError as error:
            raise DefinitionError(*self.explain(error, keys)) from None

    # Tells pydantic to build nested parts without this constructor, so that the findings of all
    # parts arrive together (pydantic's own RootModel sets the same mark).
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def arranged(cls, keys: dict[str, Any]) -> dict[str, Any]:
        """The keys as the fields want them; a part with more comfortable forms overrides it."""
        return keys

    @classmethod
    def explain(cls, error: ValidationError, keys: Mapping[str, Any]) -> tuple[Problem, ...]:
        """What to tell about keys that pydantic refused."""
        return problems_of(cls, error, keys)

    @classmethod
    def place(cls, keys: Mapping[str, Any], first: str) -> str:  # noqa: ARG003
        """The dotted path of the table that holds the key `first` of this part."""
        name = key(str(keys.get("name", "?"))) if "name" in cls.heading else ""
        return join(cls.toml_table, name)


def fault(*problems: Problem) -> PydanticCustomError:
    """What a validator raises; the `where` of a problem is relative to what it looked at."""
    return PydanticCustomError("fault", "a rule is broken", {"problems": problems})


def join(where: str, rest: str) -> str:
    """Two dotted paths as one; either may be empty.

    >>> join("goals.cart", "kind"), join("", "goals"), join("goals", "")
    ('goals.cart.kind', 'goals', 'goals')
    """
    return f"{where}.{rest}" if where and rest else where or rest


def shown(value: object) -> str:
    """A value as a person would type it, shortened; never a URL or a password.

    >>> shown("x"), shown(True), shown(7.5), shown({"a": 1})
    ("'x'", 'true', '7.5', 'a table')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "a table"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, str) and "://" in value:
        return "a URL"
    if isinstance(value, str) and len(value) > LONGEST_NAME:
        return f"a text of {len(value):,} letters"
    text = f"{value:.10g}" if isinstance(value, float) else str(value)
    text = repr(mask(value)) if isinstance(value, str) else text
    return text if len(text) <= 60 else f"{text[:57]}..."


def first_of(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The problems, or the first of very many and that there are more."""
    if len(problems) <= MOST_PROBLEMS:
        return tuple(problems)
    what = f"only the first {MOST_PROBLEMS} problems are told, and there are more"
    return (*problems[:MOST_PROBLEMS], Problem("definition", what, "E029", "mend these first"))


def problems_of(
    part: type[StrictModel], error: ValidationError, keys: Mapping[str, Any]
) -> tuple[Problem, ...]:
    """The findings of pydantic about a part built from these keys, in the order found."""
    found: list[Problem] = []
    for detail in error.errors(include_url=False):
        if len(found) > MOST_PROBLEMS:
            break
        where, holder = _place(part, detail["loc"], keys)
        if detail["type"] == "fault":
            own = detail["ctx"]["problems"]
            found += (Problem(join(where, one.where), one.what, one.code, one.hint) for one in own)
        else:
            found.append(_in_plain_english(holder, where, detail))
    return tuple(found)


def _place(
    part: type[StrictModel], loc: Sequence[int | str], keys: Mapping[str, Any]
) -> tuple[str, type[StrictModel]]:
    """The dotted path of a finding, and the part that holds its last key.

    A member of a list stands in the file under its name, and some of its keys in its heading.
    """
    where, holder, value = part.place(keys, str(loc[0]) if loc else ""), part, keys
    for step in loc:
        part, value = holder, _member(value, step)
        if isinstance(step, str):
            where = where if step in part.heading else join(where, key(step))
            holder = _part_in(part, step)
        elif isinstance(name := _member(value, "name"), str):
            where = join(part.toml_table, key(name))
        else:
            where = f"{where}[{step}]"
    return where, part


def _member(value: Any, step: int | str) -> Any:
    if isinstance(step, int):
        return dict(enumerate(value)).get(step) if isinstance(value, (list, tuple)) else None
    return value.get(step) if isinstance(value, Mapping) else getattr(value, step, None)


def _in_plain_english(holder: type[StrictModel], where: str, detail: ErrorDetails) -> Problem:
    kind, value = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        known = [one for one in holder.model_fields if one not in holder.heading]
        return Problem(where, f"{name!r} is not a key here", "E010", suggest(name, known))
    if kind == "missing":
        name = str(detail["loc"][-1])
        example = _EXAMPLES.get(name, f"{name} = ... there")
        return Problem(where, "is missing", "E011", f"add {example}")
    if kind in {"enum", "literal_error"}:
        choices = re.findall(r"'(.*?)'", detail["ctx"]["expected"])
        what = f"{shown(value)} is not one of {', '.join(choices)}"
        near, _, _ = suggest(str(value), choices).partition("known: ")
        return Problem(where, what, "E012", near.strip() or "write one of them, or drop the key")
    needed = _NEEDED.get(kind, detail["msg"])
    hint = "text stands in quotes, numbers and true or false do not"
    return Problem(where, f"{shown(value)} is not {needed}", "E013", hint)


def _part_in(part: type[StrictModel], name: str) -> type[StrictModel]:
    """The part that a field holds, one or many; the part itself where it holds none."""
    annotation = part.model_fields[name].annotation if name in part.model_fields else None
    return next(_parts_in(annotation), part)


def _parts_in(annotation: Any) -> Iterator[type[StrictModel]]:
    if isinstance(annotation, type) and issubclass(annotation, StrictModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _parts_in(inner)
