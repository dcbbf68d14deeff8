"""The first rows of data, held once for all questions, and what is known of their columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from abmicro.experiment.data.mapping import TimeUnit
from abmicro.frozen import frozen
from abmicro.plain_text import STEERING
from abmicro.sources.engines.duckdb_engine import DuckDB
from abmicro.sources.engines.files import is_parquet, is_text, reader
from abmicro.sources.inspection.numbers import SAMPLE
from abmicro.sources.sql.fragments import name, nested, replaced, select
from abmicro.sources.sql.time import likely_unit
from abmicro.sources.text.casts import as_name
from abmicro.sources.text.dates import CELL, ISO

MOST_LEVELS = 20
ROWS, TEXTS = '"first_rows"', '"first_texts"'
"""Tables that hold the first rows, and some columns of them as text."""


@frozen
class SampledColumn:
    """What is known of one column of a sample."""

    name: str
    type: str
    distinct: int
    least: str | None
    most: str | None

    @property
    def is_text(self) -> bool:
        """Holds text."""
        return self.type.startswith(("VARCHAR", "ENUM"))

    @property
    def is_whole(self) -> bool:
        """Holds whole numbers."""
        return self.type.endswith(("INT", "INTEGER"))

    @property
    def is_number(self) -> bool:
        """Holds numbers."""
        return self.is_whole or self.type.startswith(("DOUBLE", "FLOAT", "DECIMAL"))

    @property
    def is_truth(self) -> bool:
        """Holds 0 and 1, or true and false, and nothing else."""
        return self.type == "BOOLEAN" or (self.is_whole and (self.least, self.most) == ("0", "1"))

    @property
    def is_amount(self) -> bool:
        """Holds numbers that are neither truths nor moments."""
        return self.is_number and not self.is_truth and self.epoch is None

    @property
    def is_moment(self) -> bool:
        """Holds text that is written like times of day, as inside JSON or month first."""
        ends = [one for one in (self.least, self.most) if one]
        written = all(ISO.fullmatch(one) or CELL.fullmatch(one) for one in ends)
        return self.is_text and bool(ends) and written and all(":" in one for one in ends)

    @property
    def is_ticks(self) -> bool:
        """Holds text that is a number of ticks since 1970, as inside JSON."""
        ends = {likely_unit(one) for one in (self.least, self.most)}
        return self.is_text and not ends & {None, TimeUnit.ORDER}

    @property
    def epoch(self) -> TimeUnit | None:
        """The unit of moments that are numbers since 1970; None where they are none."""
        unit = likely_unit(self.most) if self.is_whole else None
        return None if unit is TimeUnit.ORDER else unit

    @property
    def is_coarse(self) -> bool:
        """Holds few values, as a trait does."""
        return 2 <= self.distinct <= MOST_LEVELS


def sample_of(engine: DuckDB, files: Sequence[Path], numbers: Mapping[str, str]) -> str:
    """An item of FROM that holds the first rows without blanks at the ends of texts.

    Types are those of all rows. Text files are read once and held: DuckDB would guess their types
    anew for each question. numbers: column to expression that reads it from text.
    """
    texts = tuple(numbers) if is_text(files) else ()
    rows = replaced(reader(files, sample=SAMPLE, texts=texts), numbers)
    kinds = engine.columns(rows)
    bare = {one: as_name(name(one)) for one, kind in kinds.items() if kind == "VARCHAR"}
    first = f"{select([('*', '*')], replaced(rows, bare))}\nLIMIT {SAMPLE}"
    return nested(first, "sample") if is_parquet(files) else _held(engine, ROWS, first)


def with_texts(engine: DuckDB, files: Sequence[Path], sample: str, names: Iterable[str]) -> str:
    """The sample with some columns as text files have them, 007 and not 7."""
    kinds = engine.columns(sample)
    texts = [one for one in names if kinds[one] != "VARCHAR"] if is_text(files) else []
    if not texts:
        return sample
    items = [(as_name(name(one)), name(one)) for one in texts]
    read = reader(files, sample=SAMPLE, texts=texts)
    held = _held(engine, TEXTS, f"{select(items, read)}\nLIMIT {SAMPLE}")
    every = [(f"{held if one in texts else sample}.{name(one)}", name(one)) for one in kinds]
    return nested(select(every, f"{sample} POSITIONAL JOIN {held}"), "sample")


def _held(engine: DuckDB, table: str, rows: str) -> str:
    """A table that holds rows while the engine is open."""
    list(engine.rows(f"CREATE TEMP TABLE {table} AS {rows}"))
    return table


def sampled_columns(engine: DuckDB, sample: str) -> tuple[SampledColumn, ...]:
    """What is known of the columns of a sample that hold single values."""
    types = {
        column: kind
        for column, kind in engine.columns(sample).items()
        if not (kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION", "JSON")))
        and not STEERING.search(column)
    }
    facts = [
        (f"{function}({name(column)})", f"f{at}_{function}")
        for at, column in enumerate(types)
        for function in ("APPROX_COUNT_DISTINCT", "MIN", "MAX")
    ]
    (row,) = engine.rows(
        select([(f"CAST({made} AS TEXT)", alias) for made, alias in facts], sample)
    )
    return tuple(
        SampledColumn(column, kind, int(row[3 * at]), row[3 * at + 1], row[3 * at + 2])
        for at, (column, kind) in enumerate(types.items())
    )
