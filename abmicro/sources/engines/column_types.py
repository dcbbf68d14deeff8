"""Cells of text as their columns' roles ask for them; nothing is guessed from the first rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from abmicro.experiment.model import Experiment, Form, Identity, Shape
from abmicro.frozen import frozen
from abmicro.sources.cell_words import NOTHING
from abmicro.sources.engines.raw import Raw
from abmicro.sources.engines.writing import Rows, Writing, writing_of
from abmicro.sources.sql.fields import path_of, used_fields
from abmicro.sources.sql.fragments import block, name, nested, replaced, select
from abmicro.sources.sql.time import TICKS, from_local, moment, odd_hours
from abmicro.sources.text import casts
from abmicro.sources.text.roles import Role, roles_of

NO_MOMENT = "0"
"""What stands for nothing among moments that are numbers: nobody clicked in 1970."""

MARK = "TIMESTAMP '2199-01-01'"
NAIVE = ("TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S", "DATE")
KINDS = {
    Role.TEXT: "VARCHAR",
    Role.NUMBER: "DOUBLE",
    Role.COUNT: "DOUBLE",
    Role.COMPARED: "DOUBLE",
    Role.TIME: "TIMESTAMP",
    Role.FLAG: "VARCHAR",
}


@frozen
class CastColumn:
    """A column of text that is read as something else.

    key: of the definition, that asks for it. made: its SQL, NULL where a cell does not fit.
    words: what stands for nothing. is_clock: it says when a row happened. lenient: cells that do
    not fit become NULL, and whoever reads so counts them.
    """

    column: str
    key: str
    role: Role
    made: str
    words: tuple[str, ...] = NOTHING
    is_clock: bool = False
    lenient: bool = False

    @property
    def checked(self) -> str:
        """Its SQL, which stops at a cell that does not fit."""
        return (
            self.made
            if self.role is Role.TEXT or self.lenient
            else casts.or_stop(name(self.column), self.made, self.words)
        )

    @property
    def misfits(self) -> str:
        """Condition that a cell is there and does not fit."""
        cell = name(self.column)
        empty = casts.is_missing(cell, self.words)
        return f"{cell} IS NOT NULL AND NOT {empty} AND {self.made} IS NULL"


@frozen
class Reading:
    """How data are read.

    raw: the data as they are. relation: item of FROM with cells by their roles.
    columns: name to type. cells: the columns that are read as something.
    odd_hour: condition that a local time is shown twice or never; None where times are in UTC.
    """

    raw: Raw
    relation: str
    columns: Mapping[str, str]
    cells: tuple[CastColumn, ...]
    odd_hour: str | None = None

    def only(self, columns: Collection[str]) -> str:
        """An item of FROM that holds these columns and looks at no other."""
        made = {cell.column: cell.checked for cell in self.cells}
        items = [(made.get(one, name(one)), name(one)) for one in columns]
        return nested(select(items, self.raw.relation), "data")


def reading_of(experiment: Experiment, raw: Raw, rows: Rows, *, without_bad_times: bool) -> Reading:
    """How to read data for an experiment: text by the roles of its columns, the rest as it is.

    rows: runs a SELECT on the data. without_bad_times: rows whose time does not fit have none.
    Raises SourceError for dates and numbers that can be read in two ways.
    """
    asked = {
        column: one
        for column, one in roles_of(experiment).items()
        if one[1] not in {Role.RAW, Role.FLAG} and raw.columns.get(column) in {"VARCHAR", "JSON"}
    }
    texts = [
        column
        for column, (_, role) in asked.items()
        if role is Role.TEXT and raw.columns[column] == "VARCHAR"
    ]
    plain = _plain_texts(experiment, raw, texts, rows)
    asked = {column: one for column, one in asked.items() if column not in plain}
    settled = raw.numbers | raw.in_json
    open_ = {
        column: one for column, one in asked.items() if one[1] is Role.TIME or column not in settled
    }
    writing = writing_of(experiment, raw.relation, open_, rows)
    make = _Maker(experiment, raw, writing, without_bad_times)
    cells = tuple(make.cell(column, *one) for column, one in asked.items())
    columns = {**raw.columns, **{cell.column: KINDS[cell.role] for cell in cells}}
    made = {cell.column: cell.checked for cell in cells} | make.clock() | _whole(experiment, raw)
    return Reading(raw, replaced(raw.relation, made), columns, cells, make.odd_hour())


def _whole(experiment: Experiment, raw: Raw) -> dict[str, str]:
    """Columns of JSON in which texts are looked for, stopped where digits of these may be lost."""
    paths: dict[str, list[str]] = {}
    for field in used_fields(experiment).values():
        if field.column is not None and field.type == "text" and field.form is not Form.PARAMS:
            paths.setdefault(field.column, []).append(path_of(field))
    kinds = {column: raw.columns.get(column) for column in paths}
    return {
        column: casts.whole_json(
            name(column), paths[column], again=kind == "JSON" and not raw.is_typed
        )
        for column, kind in kinds.items()
        if kind in {"JSON", "VARCHAR"}
    }


def _plain_texts(
    experiment: Experiment, raw: Raw, texts: Sequence[str], rows: Rows
) -> frozenset[str]:
    """Columns of text that hold no blank and nothing empty, so that they can pass as they are.

    Asked of data that are quick to walk through, since trimming what needs none costs more; column
    by column, since DuckDB then asks each text of a Parquet file's dictionary once.
    """
    if not raw.is_typed or not texts or experiment.require_data().nulls:
        return frozenset()
    odd = (f"CONTAINS({name(one)}, ' ') OR {name(one)} = ''" for one in texts)
    found = (select([("1", "1")], raw.relation, where=[one]) for one in odd)
    items = [(f"EXISTS {block(one)}", f"odd{at}") for at, one in enumerate(found)]
    (row,) = rows(select(items, nested("SELECT 1", "one")))
    return frozenset(one for one, is_odd in zip(texts, row, strict=True) if not is_odd)


@frozen
class _Maker:
    """What makes the SQL of columns."""

    experiment: Experiment
    raw: Raw
    writing: Writing
    without_bad_times: bool

    def cell(self, column: str, key: str, role: Role) -> CastColumn:
        missing = casts.nothing(self.experiment.require_data().nulls)
        made = self._made(column, role, missing[len(NOTHING) :])
        is_clock = column == self._clock and (role is Role.TIME or self._ticks(column) > 0)
        missing += (NO_MOMENT,) if self._ticks(column) else ()
        lenient = is_clock and self.without_bad_times
        return CastColumn(column, key, role, made, missing, is_clock, lenient)

    @property
    def _clock(self) -> str | None:
        """The column that says when a row happened; of counts none, whose rows are many units."""
        data = self.experiment.require_data()
        by_shape = {Shape.EVENTS: data.columns.time, Shape.UNITS: data.columns.period}
        return by_shape.get(data.shape)

    def _ticks(self, column: str) -> int:
        """How many ticks a second has in a column of moments that are numbers; 0 in any other."""
        data = self.experiment.require_data()
        return TICKS.get(data.time_unit, 0) if column == data.columns.time else 0

    def _made(self, column: str, role: Role, words: tuple[str, ...]) -> str:
        cell = name(column)
        if role is Role.TIME:
            formats = self.writing.formats.get(column, ())
            return casts.as_moment(cell, formats, self.to_utc(column))
        if role is Role.NUMBER and (ticks := self._ticks(column)):
            return casts.as_epoch(cell, ticks, self.writing.clock)
        if role in {Role.NUMBER, Role.COUNT}:
            return casts.as_number(cell, self.writing.numbers)
        if role is Role.COMPARED:
            return casts.as_compared(cell, self.writing.numbers)
        if column in self.raw.in_json:
            return casts.as_json_name(cell, words)
        kept_as_json = self.raw.columns[column] == "JSON"
        return casts.as_name(f"({cell} ->> '$')" if kept_as_json else cell, words)

    def to_utc(self, column: str) -> casts.Shift:
        """What makes UTC of a time without an offset; days of entry stay as they are."""
        is_clock = column == self.experiment.require_data().columns.time
        return shift_of(self.experiment) if is_clock else casts.same

    def clock(self) -> dict[str, str]:
        """The column of times made UTC where the data hold it as times without an offset."""
        column = self.experiment.require_data().columns.time
        if column is None or self.raw.columns.get(column) not in NAIVE:
            return {}
        made = self.to_utc(column)(f"CAST({name(column)} AS TIMESTAMP)")
        return {} if self.to_utc(column) is casts.same else {column: made}

    def odd_hour(self) -> str | None:
        """Condition that the clock of the zone shows a time twice or never."""
        data = self.experiment.require_data()
        column, zone = str(data.columns.time), data.time_zone
        kind = self.raw.columns.get(column)
        if zone == "UTC" or kind not in {*NAIVE, "VARCHAR", "JSON"}:  # others tell their offset
            return None
        hours = [
            f"{{0}} >= {moment(data.time_unit, low)} AND {{0}} < {moment(data.time_unit, high)}"
            for low, high in odd_hours(self.experiment, zone)
        ]

        def marked(local: str) -> str:
            return f"CASE WHEN {' OR '.join(hours).format(local)} THEN {MARK} END"

        if kind in NAIVE:
            return f"{marked(f'CAST({name(column)} AS TIMESTAMP)')} = {MARK}" if hours else None
        formats = self.writing.formats.get(column, ())
        return f"{casts.as_moment(name(column), formats, marked)} = {MARK}" if hours else None


def odd_hours_of(reading: Reading, rows: Rows) -> tuple[str, ...]:
    """A note of how many rows fall into hours that their clock shows twice or never."""
    if reading.odd_hour is None:
        return ()
    counted = select([("COUNT(*)", "odd")], reading.raw.relation, where=[reading.odd_hour])
    ((odd,),) = rows(counted)
    if not odd:
        return ()
    many = f"{odd:,} row{'s' * (odd != 1)}"
    return (f"{many} in an hour that the clock shows twice or never; read as the hour before",)


def shift_of(experiment: Experiment) -> casts.Shift:
    """What makes UTC of times of events that tell no offset: they are those of a zone."""
    zone = experiment.require_data().time_zone
    return casts.same if zone == "UTC" else partial(from_local, experiment, zone)


def persons_of(identity: Identity, raw: Raw) -> str:
    """What reads the table of identity, its ids as text: 007 is not 7."""
    made = {
        one: (casts.as_json_name if one in raw.in_json else casts.as_name)(name(one))
        for one in (identity.unit, identity.person)
        if raw.columns.get(one) in {"VARCHAR", "JSON"}
    }
    return replaced(raw.relation, made)
