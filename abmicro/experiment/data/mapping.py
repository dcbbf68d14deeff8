"""Where the data are, what their rows mean and how a unit comes to its variant."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    PrivateAttr,
    Strict,
    ValidationInfo,
    field_validator,
    model_validator,
)

from abmicro.errors import DefinitionError, Problem, suggest
from abmicro.experiment.data.derived_columns import Field, Identity, broken_joins
from abmicro.experiment.data.exclusion import Exclusion
from abmicro.experiment.data.presets import PRESETS, find_preset
from abmicro.experiment.data.row_condition import parse_condition
from abmicro.experiment.data.writing_keys import Encoding, TimeFormat
from abmicro.experiment.field_types import Filled, Prose, Text, TimeZone
from abmicro.experiment.file.toml_text import key
from abmicro.experiment.shorthand import plain_data
from abmicro.experiment.strict_model import StrictModel, fault, join, shown


class Shape(StrEnum):
    """What one row of the data is: an event, a unit, a cell of counts or of the joint table."""

    EVENTS = "events"
    UNITS = "units"
    COUNTS = "counts"
    JOINT = "joint"


DECIMALS = Literal[".", ","]
THOUSANDS = Literal[".", ",", " ", "'"]


class TimeUnit(StrEnum):
    """What the time column holds; `order` means a position without a clock."""

    TIMESTAMP = "timestamp"
    SECONDS = "s"
    MILLISECONDS = "ms"
    MICROSECONDS = "us"
    ORDER = "order"


NEEDED_COLUMNS = {
    Shape.EVENTS: ("unit", "time", "event"),
    Shape.UNITS: (),
    Shape.COUNTS: (),
    Shape.JOINT: (),
}
"""What rows are read by, whatever the variants."""
TELL_VARIANT = frozenset({Shape.EVENTS, Shape.UNITS})
"""Shapes that need the column of the variant too, where there are several."""
KNOWN_COLUMNS = {
    Shape.EVENTS: ("unit", "time", "event", "variant", "session"),
    Shape.UNITS: ("unit", "variant", "period"),
    Shape.COUNTS: ("variant", "units", "period"),
    Shape.JOINT: (),
}


def _row_condition(text: str) -> str:
    """A validator: the text is a row condition."""
    try:
        parse_condition(text)
    except DefinitionError as error:
        raise fault(*error.problems) from None
    return text


Condition = Annotated[Prose, AfterValidator(_row_condition), Filled]


class DataColumns(StrictModel):
    """Which column holds what; None where the data need no such column.

    unit: the unit's id.
    time: the time of the event.
    event: the name of the event.
    variant: the variant; needed where there are several.
    units: the number of units (counts).
    period: the day of entry.
    session: the session of a row, for goals per session; its ids need differ within a unit only,
        and a row without one belongs to no session.

    >>> DataColumns(unit="user_id", variant="variant").variant
    'variant'
    """

    toml_table: ClassVar[str] = "data.columns"

    unit: Text | None = None
    time: Text | None = None
    event: Text | None = None
    variant: Text | None = None
    session: Text | None = None
    units: Text | None = None
    period: Text | None = None


class Data(StrictModel):
    """Where the data are and what their rows mean.

    shape: `events`, `units`, `counts` or `joint`.
    source: path or glob of files, or a database URL; relative to the folder of the experiment file.
    table: the table or view of a database.
    preset: a known export, which fills in what is not said here (events; `presets.py`).
    time_unit: what the time column holds; `timestamp` by default.
    day_first: whether 09/01/2026 is in January, where the column can be read both ways.
    time_format: how times in text are written, as strptime says it: %d.%m.%Y %H:%M.
    time_zone: of times that tell no offset, e.g. Europe/Oslo.
    decimal, thousands: signs of numbers in text, where they can be read in two ways.
    where: a row condition that rows must meet; the others are counted and left out.
    repeats: `sum` where several rows of a unit add up (units); by default they are refused.
    encoding: letters of text files; by default UTF-8, UTF-16, Windows-1252 or Mac Roman.
    nulls: further words for nothing in text, such as "unknown".
    sheet: of a workbook, where several have cells.
    columns: which column holds what; `variant` and `units` by default in the counts shape.
    fields: values inside columns, each under a name that may stand wherever a column may.
    identity: a table of which units are one person (events).

    >>> Data(shape="counts").columns.units
    'units'
    """

    model_config = ConfigDict(validate_default=True)

    toml_table: ClassVar[str] = "data"

    shape: Shape
    source: Text | None = None
    table: Text | None = None
    preset: Text | None = None
    time_unit: TimeUnit = TimeUnit.TIMESTAMP
    day_first: Annotated[bool, Strict()] | None = None
    time_format: TimeFormat | None = None
    time_zone: TimeZone = "UTC"
    decimal: DECIMALS | None = None
    thousands: THOUSANDS | None = None
    where: Condition | None = None
    repeats: Literal["sum"] | None = None
    encoding: Encoding | None = None
    nulls: tuple[Prose, ...] = ()
    sheet: Text | None = None
    columns: DataColumns = DataColumns()
    fields: tuple[Field, ...] = ()
    identity: Identity | None = None
    _env: frozenset[str] = PrivateAttr(default=frozenset())

    @property
    def env(self) -> frozenset[str]:
        """Variables of the environment that ${NAME} in a source may name; no file can say it."""
        return self._env

    @property
    def guesses_variant(self) -> bool:
        """Whether the column of the variant is the usual one, and none that the file names."""
        usual = self.usual_columns.get("variant")
        return usual is not None and self.columns.variant == usual

    @property
    def usual_columns(self) -> Mapping[str, Any]:
        """Columns that a preset or the shape fills in."""
        if self.shape is Shape.COUNTS:
            return {"variant": "variant", "units": "units"}
        preset = find_preset({"shape": self.shape, "preset": self.preset})
        return {} if preset is None else preset.columns

    def allowing(self, names: Iterable[str]) -> Self:
        """The same data, in whose sources ${NAME} may name these variables."""
        copy = self.model_copy()
        copy._env = frozenset([names] if isinstance(names, str) else names)  # noqa: SLF001
        return copy

    @classmethod
    def arranged(cls, keys: dict[str, Any]) -> dict[str, Any]:
        """What the preset says under what is said here; fields as a list of named tables."""
        arranged: dict[str, Any] = plain_data(keys)
        return arranged

    @field_validator("columns", mode="after")
    @classmethod
    def _with_usual_names(cls, columns: DataColumns, info: ValidationInfo) -> DataColumns:
        if info.data.get("shape") is not Shape.COUNTS:
            return columns
        usual = {name: name for name in ("variant", "units") if getattr(columns, name) is None}
        return columns.model_copy(update=usual)

    @model_validator(mode="after")
    def _keep_the_rules(self, info: ValidationInfo) -> Self:
        if info.context is None and (problems := tuple(_problems(self))):
            raise fault(*problems)
        return self


def _as_pairs(match: Any) -> Any:
    """Pairs of variant and recorded value; of several values in a list each makes a pair."""
    try:
        pairs = tuple(match.items() if isinstance(match, Mapping) else match)
        texts = tuple((variant, _text(one)) for variant, value in pairs for one in _several(value))
        without = [variant for variant, value in pairs if not _several(value)]
    except (TypeError, ValueError):
        what = f"{shown(match)} is not a table of variant and recorded value"
        raise fault(Problem("", what, "E013", 'write { control = "A", new = "B" }')) from None
    odd = [
        (variant, f"{shown(value)} is not text")
        for variant, value in texts
        if not isinstance(value, str)
    ]
    if odd := [*odd, *((variant, "lists no value") for variant in without)]:
        raise fault(*(Problem(key(str(variant)), what, "E013", _RECORDED) for variant, what in odd))
    return tuple(dict.fromkeys(texts))


_RECORDED = 'write the recorded value in quotes, several as ["2", "3"]'


def _several(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else (value,)


def _text(value: Any) -> Any:
    """A recorded number or truth as its text."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


class Assignment(StrictModel):
    """Which rows record the variant of a unit, where the event that exposes it does not.

    event: recorded name of the event that carries the variant.
    where: a row condition that it must meet.

    >>> Assignment(event="flag_called").event
    'flag_called'
    """

    toml_table: ClassVar[str] = "exposure.assignment"

    event: Text
    where: Condition | None = None


class Exposure(StrictModel):
    """Which event exposes a unit, which value means which variant, what to do with two variants.

    event: recorded name of the exposure event (events); default a unit's first row with a variant.
    where: a row condition that an exposure must meet (events); where a log holds the exposures of
        many experiments it says which are this one's.
    match: pairs of variant and recorded value, of which a variant may have several; a variant that
    is not
        listed is recorded by its own name.
    assignment: the event that records the variant where `event` only starts the clock (events):
        a unit's exposure is its first `event` at or after its first assignment.
    crossed: units seen in two variants are left out (`exclude`) or kept in their `first` (events).
    exclude: units that do more than a person does, left out in every variant alike.

    >>> Exposure(match={"control": ["A", "C"], "sticky": 1}).match
    (('control', 'A'), ('control', 'C'), ('sticky', '1'))
    """

    toml_table: ClassVar[str] = "exposure"

    event: Text | None = None
    where: Condition | None = None
    match: Annotated[tuple[tuple[str, Prose], ...], BeforeValidator(_as_pairs)] = ()
    assignment: Assignment | None = None
    crossed: Literal["exclude", "first"] = "exclude"
    exclude: Exclusion | None = None


def _problems(data: Data) -> Iterator[Problem]:
    columns = data.columns.model_dump(exclude_none=True)
    if data.preset is not None and data.preset not in PRESETS:
        hint = suggest(data.preset, list(PRESETS))
        yield Problem("preset", f"{shown(data.preset)} is not a preset", "E062", hint)
    elif data.preset is not None and data.shape is not Shape.EVENTS:
        what = f"{shown(data.preset)} is a preset of events, not of the {data.shape} shape"
        yield Problem("preset", what, "E062", "drop it and name the columns in [data.columns]")
    else:
        for name in NEEDED_COLUMNS[data.shape]:
            if name not in columns:
                what = f"the {data.shape} shape needs to know this column"
                yield Problem(f"columns.{name}", what, "E060", f'write {name} = "its name"')
    yield from _foreign(data)
    yield from _one_way(data)
    for problem in broken_joins(data.fields):
        yield Problem(join("fields", key(problem.where)), problem.what, problem.code, problem.hint)
    for name in columns:
        if name not in KNOWN_COLUMNS[data.shape]:
            what = f"the {data.shape} shape has no such column"
            yield Problem(f"columns.{name}", what, "E061", "drop it")
    for column, times in Counter(columns.values()).items():
        if times > 1:
            what = f"{shown(column)} cannot be several things at once"
            yield Problem("columns", what, "E018", "give each its own column")


def _foreign(data: Data) -> Iterator[Problem]:
    """Keys that have no meaning in this shape."""
    if data.identity is not None and data.shape is not Shape.EVENTS:
        what = f"the rows of the {data.shape} shape are no events"
        yield Problem("identity", what, "E061", "drop it; let a row be a person")
    if data.shape is not Shape.EVENTS and "time_unit" in data.model_fields_set:
        yield Problem("time_unit", f"the {data.shape} shape has no time column", "E061", "drop it")
    if data.repeats is not None and data.shape is not Shape.UNITS:
        what = f"the rows of the {data.shape} shape are no units"
        yield Problem("repeats", what, "E061", "drop it")
    elif data.repeats is not None and data.columns.unit is None:
        what = "rows add up by unit, and the column of units is not named"
        yield Problem("repeats", what, "E054", 'write unit = "its column" in [data.columns]')
    if data.where is not None and data.shape is Shape.JOINT:
        what = "the rows of the joint shape are cells of units"
        yield Problem("where", what, "E061", "drop it; leave rows out where the table is made")


def _one_way(data: Data) -> Iterator[Problem]:
    """One sign cannot part decimals and thousands, and one key settles the order of dates."""
    if data.decimal is not None and data.decimal == data.thousands:
        what = f"{shown(data.thousands)} cannot be both the decimal and the thousands sign"
        yield Problem("thousands", what, "E065", "name one of them")
    if data.day_first is not None and data.time_format is not None:
        what = "the format says whether the day stands first"
        yield Problem("day_first", what, "E061", "drop day_first, or time_format")
    if data.time_unit is not TimeUnit.TIMESTAMP:
        for name in ("day_first", "time_format", "time_zone"):
            if name in data.model_fields_set:
                what = f"times that are numbers ({data.time_unit}) have none"
                yield Problem(name, what, "E061", f"drop {name}, or time_unit")
