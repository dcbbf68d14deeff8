"""Everything in a file that could be a goal, with how many people reached it, and its variants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from abmicro.counts import JointCounts
from abmicro.experiment.model import Experiment, Shape, TimeUnit
from abmicro.frozen import frozen
from abmicro.sources import vocabulary
from abmicro.sources.engines.copies import Saved, plain
from abmicro.sources.engines.duckdb_engine import DuckDB
from abmicro.sources.engines.engine import Source, locked, open_source
from abmicro.sources.engines.files import files_of
from abmicro.sources.engines.scratch import scratch
from abmicro.sources.inspection.goals import of_events, of_joint, of_sheet, of_units
from abmicro.sources.inspection.inner_values import fields_in, with_fields
from abmicro.sources.inspection.numbers import numbers_of
from abmicro.sources.inspection.sample import SampledColumn, sample_of, sampled_columns
from abmicro.sources.inspection.sheets import sheet_among
from abmicro.sources.sql.fragments import name, select

MOST_FOUND = 40
Keys = Mapping[str, Any]


@frozen
class Candidate:
    """Something that could be a goal.

    name: event or column. people: who reached it; of an amount, who has any. keys: of its table in
    an experiment file. kind: what it seems to be, empty where nothing is guessed.
    """

    name: str
    people: int
    keys: Keys
    kind: str = ""

    @property
    def is_amount(self) -> bool:
        """A mean per person rather than a rate."""
        return "value" in self.keys


@frozen
class Candidates:
    """What a file holds.

    people: units in all. arms: recorded value and units of each variant, control first.
    days: whole days between first and last row, None without a clock. sheet: a file of counts.
    """

    people: int
    arms: Mapping[str, int]
    goals: tuple[Candidate, ...]
    days: int | None = None


def candidates_in(
    path: str, data: Keys, exposure: Keys | None = None, known: Keys | None = None
) -> Candidates:
    """Count what a file holds.

    path: a file or a glob. data: keys of [data]: shape, columns, sheet, preset, fields.
    exposure, known: of a known export, its keys and its usual goals.

    Raises SourceError where the file cannot be read, DefinitionError for keys that do not go
    together.
    """
    shape = Shape(data["shape"])
    if shape is Shape.EVENTS:
        return _of_events(path, data, exposure or {}, known or {})
    files = files_of(path, None)
    if shape is Shape.COUNTS:
        return _of_sheet(files, data.get("sheet"))
    if shape is Shape.JOINT:
        return _of_joint(files)
    with scratch() as folder:
        copies = plain(files, Saved(sheet=data.get("sheet")), folder / "data")
        return _of_units(copies.files, data.get("columns", {}))


def _of_events(path: str, data: Keys, exposure: Keys, known: Keys) -> Candidates:
    asking = Experiment(
        name="a look",
        variants=["a", "b"] if "preset" in data or "variant" in data["columns"] else ["everybody"],
        data={**data, "source": path},
        exposure={key: exposure[key] for key in ("event", "where") if key in exposure},
        goals={"any": {"kind": "macro"}},
    )
    columns = asking.require_data().columns
    with open_source(asking, path, None) as source:
        people = f"COUNT(DISTINCT {name(str(columns.unit))})"
        counted = _groups(source, str(columns.event), people)
        guessed = known or of_events(source.engine, source.relation, columns.unit, columns.event)
        usual = {str(keys.get("event", goal)): keys for goal, keys in guessed.items()}
        goals = [
            Candidate(event, units, {"event": event, **_own(usual.get(event, {}))},
                      usual.get(event, {}).get("kind", ""))
            for event, units in counted.items()
            if event != asking.exposure.event and not vocabulary.says(event, vocabulary.EXPOSURE)
        ]  # fmt: skip
        return Candidates(
            people=_one(source, people),
            arms=_in_order(_groups(source, columns.variant, people)) if columns.variant else {},
            goals=_sorted(goals, [*usual]),
            days=_days(source, asking),
        )


def _of_units(files: Sequence[Path], columns: Keys) -> Candidates:
    with locked(files) as engine:
        numbers = numbers_of(engine, files)
        first = sample_of(engine, files, numbers)
        inner = fields_in(engine, first)
        sample = with_fields(engine, first, inner.values())
        taken = {columns.get(role) for role in ("unit", "variant", "period")}
        found = [one for one in sampled_columns(engine, sample) if one.name not in taken]
        truths = [one for one in found if one.is_truth]
        amounts = [one for one in found if one.is_amount]
        guessed = of_units(engine, sample, *([one.name for one in of] for of in (truths, amounts)))
        above = _above_zero(engine, sample, [*truths, *amounts])
        units = "COUNT(*)" if "unit" not in columns else f"COUNT(DISTINCT {name(columns['unit'])})"
        rates = [
            Candidate(one.name, above[one.name], {"column": one.name},
                      guessed.get(one.name, {}).get("kind", ""))
            for one in truths
        ]  # fmt: skip
        means = [Candidate(one.name, above[one.name], {"value": one.name}) for one in amounts]
        arms = _arms(engine, sample, columns, units)
        ((people,),) = engine.rows(select([(units, "units")], sample))
    return Candidates(int(people), _in_order(arms), _sorted([*rates, *means], [*guessed]))


def _arms(engine: DuckDB, sample: str, columns: Keys, units: str) -> dict[str, int]:
    """Units of each recorded value of the variant; none where there are too many values."""
    if "variant" not in columns:
        return {}
    cell = f"CAST({name(columns['variant'])} AS TEXT)"
    rows = engine.rows(select([(cell, "arm"), (units, "units")], sample, group=[cell]))
    arms = {str(arm): int(count) for arm, count in rows if arm is not None}
    return arms if len(arms) <= vocabulary.MOST_ARMS else {}


def _of_sheet(files: Sequence[Path], page: str | None) -> Candidates:
    sheet = sheet_among(files, Shape.COUNTS, page)
    if sheet is None:
        return Candidates(0, {}, ())
    totals, guessed = sheet.totals, of_sheet(sheet)
    goals = (
        Candidate(goal, sum(row[at] for row in totals.values()), {"column": goal},
                  guessed.get(goal, {}).get("kind", ""))
        for at, goal in enumerate(sheet.goals, 1)
    )  # fmt: skip
    arms = {variant: row[0] for variant, row in totals.items()}
    return Candidates(sum(arms.values()), arms, _sorted(goals, [*guessed]))


def _of_joint(files: Sequence[Path]) -> Candidates:
    counts = JointCounts.load(files[0])
    units = counts.units.sum(axis=(1, 2, 3)).tolist()
    with locked(files) as engine:
        first = sample_of(engine, files, {})
        goals = [one for one in engine.columns(first) if one.startswith("goal__")]
        guessed = of_joint(engine, first, goals)
    found = (
        Candidate(goal, int(counts.reached(goal).sum()), {}, guessed.get(goal, {}).get("kind", ""))
        for goal in counts.goals
    )
    amounts = (Candidate(one, 0, {"value": one}) for one in counts.measures)
    arms = dict(zip(counts.variants, map(int, units), strict=True))
    return Candidates(int(sum(units)), arms, _sorted([*found, *amounts], [*guessed]))


def _own(keys: Keys) -> Keys:
    """What a known export says of a goal beside its place."""
    return {key: value for key, value in keys.items() if key not in ("kind", "role", "window")}


def _groups(source: Source, column: str, people: str) -> dict[str, int]:
    """Values of a column and the people who have them, the most frequent first."""
    cell = f"CAST({name(column)} AS TEXT)"
    counted = select([(cell, "value"), (people, "people")], source.relation, group=[cell])
    rows = source.engine.rows(f"{counted}\nORDER BY people DESC, value LIMIT {MOST_FOUND}")
    return {str(value): int(count) for value, count in rows if value not in (None, "")}


def _one(source: Source, figure: str) -> int:
    ((found,),) = source.engine.rows(select([(figure, "figure")], source.relation))
    return int(found)


def _days(source: Source, asking: Experiment) -> int | None:
    """Whole days between the first row and the last; None for positions without a clock."""
    data = asking.require_data()
    seconds = {TimeUnit.SECONDS: 1, TimeUnit.MILLISECONDS: 10**3, TimeUnit.MICROSECONDS: 10**6}
    cell = name(str(data.columns.time))
    if data.time_unit is TimeUnit.ORDER:
        return None
    if data.time_unit is TimeUnit.TIMESTAMP:
        cell = f"EPOCH(CAST({cell} AS TIMESTAMP))"
    told = [(f"MIN({cell})", "a"), (f"MAX({cell})", "b")]
    ((first, last),) = source.engine.rows(select(told, source.relation))
    if first is None:
        return None
    return int((float(last) - float(first)) / seconds.get(data.time_unit, 1) / 86_400)


def _above_zero(engine: DuckDB, sample: str, columns: Sequence[SampledColumn]) -> dict[str, int]:
    """How many rows of a column are above zero."""
    if not columns:
        return {}
    cells = [f"CAST({name(one.name)} AS DOUBLE)" for one in columns]
    told = [(f"SUM(CASE WHEN {cell} > 0 THEN 1 ELSE 0 END)", f"n{at}")
            for at, cell in enumerate(cells)]  # fmt: skip
    (row,) = engine.rows(select(told, sample))
    return {one.name: int(count or 0) for one, count in zip(columns, row, strict=True)}


def _in_order(arms: Mapping[str, int]) -> dict[str, int]:
    """Variants, control first."""
    return {arm: arms[arm] for arm in vocabulary.control_first(arms)} if arms else {}


def _sorted(goals: Iterable[Candidate], guessed: Sequence[str]) -> tuple[Candidate, ...]:
    """Those that are guessed first, in the order of the path; then the most frequent."""
    place = {one: at for at, one in enumerate(guessed)}
    return tuple(sorted(goals, key=lambda one: (place.get(one.name, 99), -one.people)))[:MOST_FOUND]
