"""A first look at a data file: what its columns seem to be, for an experiment file to start from.

Everything here is a guess that the owner of the data will read and mend. What could be wrong
without showing, such as a window or a margin, is not guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from abmicro.errors import SourceError
from abmicro.experiment.data.derived_columns import Field
from abmicro.experiment.data.mapping import NEEDED_COLUMNS, TELL_VARIANT, Shape, TimeUnit
from abmicro.frozen import frozen
from abmicro.sources import vocabulary
from abmicro.sources.engines.copies import NotPlainError, Saved, plain
from abmicro.sources.engines.duckdb_engine import DuckDB
from abmicro.sources.engines.engine import locked
from abmicro.sources.engines.files import files_of, refuse_twins
from abmicro.sources.engines.scratch import scratch
from abmicro.sources.inspection.endless_lines import refuse_endless_lines
from abmicro.sources.inspection.exports import Export, export_among
from abmicro.sources.inspection.goals import (
    Goals,
    amounts_of_events,
    of_events,
    of_joint,
    of_sheet,
    of_units,
)
from abmicro.sources.inspection.inner_values import fields_in, holders, with_fields
from abmicro.sources.inspection.numbers import numbers_of
from abmicro.sources.inspection.sample import (
    MOST_LEVELS,
    SampledColumn,
    sample_of,
    sampled_columns,
    with_texts,
)
from abmicro.sources.inspection.sheets import sheet_among
from abmicro.sources.inspection.unit_ids import unit_id
from abmicro.sources.sheets.sheet import CountsSheet
from abmicro.sources.sql.fragments import name, select
from abmicro.sources.sql.time import likely_unit

MOST_CELLS = 500


@frozen
class Sniffed:
    """What a data file seems to hold.

    columns: role to column. arms: control first; empty where no variant column was found.
    goals: name to the keys of its table. segments: name to column.
    notes: sentences for the owner of the data: what was guessed and what could not be.
    sheet: the counts, where the file is a sheet of them.
    data: further keys of [data]. preset, exposure: of a known export, and which of its rows
    expose to which variant. possible: further goals, for the owner to choose.
    """

    shape: Shape
    columns: Mapping[str, str]
    arms: tuple[str, ...]
    goals: Goals
    segments: Mapping[str, str]
    notes: tuple[str, ...]
    sheet: CountsSheet | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    preset: str | None = None
    exposure: Mapping[str, Any] = field(default_factory=dict)
    possible: Goals = field(default_factory=dict)


def sniff(path: str, *, shape: Shape | None = None, page: str | None = None) -> Sniffed:
    """Guess from the first million rows of a file what an experiment file would say of it.

    path: a file or a glob. shape: what a row is, where the owner knows better than the guess.
    page: name of a sheet of a workbook.
    Raises SourceError where there is no such file or it cannot be read.
    """
    files = files_of(path, None)
    for file in files:
        refuse_endless_lines(file)
    if shape in (None, Shape.EVENTS) and (export := export_among(files, path)) is not None:
        return _of_export(export)
    sheet = sheet_among(files, shape, page)
    if sheet is not None:
        return _of_sheet(sheet)
    try:
        return _of_files(files, shape, page)
    except NotPlainError:
        return _of_files(files, shape, page, copied=True)


def _of_files(
    files: Sequence[Path], shape: Shape | None, page: str | None, *, copied: bool = False
) -> Sniffed:
    """What files seem to hold, read as plain copies where they must be."""
    with scratch() as folder:
        copies = plain(files, Saved(sheet=page), folder / "data", copied=copied)
        found = _of_rows(copies.files, shape)
    data = dict(found.data) | ({} if page is None else {"sheet": page})
    return replace(found, notes=(*found.notes, *copies.notes), data=data)


def _of_sheet(sheet: CountsSheet) -> Sniffed:
    columns = {"variant": sheet.variant, "units": sheet.units}
    columns |= {} if sheet.period is None else {"period": sheet.period}
    return Sniffed(
        shape=Shape.COUNTS,
        columns=columns,
        arms=sheet.arms,
        goals=of_sheet(sheet),
        segments={name: name for name in sheet.segments},
        notes=(*_of_arms(sheet.variant, sheet.arms), *sheet.notes),
        sheet=sheet,
    )


def _of_arms(column: str | None, variants: Sequence[str]) -> tuple[str, ...]:
    named = f"variants from column {column}: {', '.join(variants)}"
    return (named, f"the control is taken to be {variants[0]}") if variants else ()


def _of_rows(files: Sequence[Path], shape: Shape | None) -> Sniffed:
    """What rows of events, units or cells of a joint table seem to hold."""
    with locked(files) as engine:
        refuse_twins(files, engine.rows)
        numbers = numbers_of(engine, files)
        plain = sample_of(engine, files, numbers)
        inner = fields_in(engine, plain)
        first = with_fields(engine, plain, inner.values())
        known = sampled_columns(engine, first)
        form = shape or _shape(known)
        whose = unit_id(engine, first, [one.name for one in known])
        roles = _roles(form, known, engine, first, whose.column)
        segments = _segments(form, known, roles)
        variant = "variant" if form is Shape.JOINT else roles.get("variant")
        named = (variant, roles.get("unit"))
        names = [one for one in named if one is not None and one not in inner]
        sample = with_fields(engine, with_texts(engine, files, plain, names), inner.values())
        notes = [*_missing(form, roles, holders(engine, plain)), *_moments(form, known)]
        notes += whose.notes if "unit" in roles else ()
        repeats = form is Shape.UNITS and _repeats(engine, sample, roles.get("unit"))
        if repeats:
            notes.append(
                f"{roles['unit']} repeats, so that its rows add up; if a row is an event, "
                "use --shape events"
            )
        variants = _arms(engine, sample, variant)
        goals, possible = _goals(form, known, roles, engine, sample)
    if not goals:
        notes.append("no column looks like a goal; write goals under ## Goals")
    told = (*_of_arms(variant, variants), *notes)
    used = [*roles.values(), *segments.values(), *goals]
    keys = {"repeats": "sum"} if repeats else {}
    keys |= _clock(known, roles.get("time"))
    keys |= _fields(known, {one: inner[one] for one in used if one in inner}, roles.get("time"))
    return Sniffed(form, roles, variants, goals, segments, told, data=keys, possible=possible)


def sniff_export(path: str, preset: str) -> Sniffed | None:
    """What the export of a known tool records; None where there are no such files yet."""
    try:
        export = export_among(files_of(path, None), path, preset)
    except SourceError:
        return None
    return None if export is None or not export.arms else _of_export(export)


def _of_export(found: Export) -> Sniffed:
    return Sniffed(
        shape=Shape.EVENTS,
        columns={},
        arms=found.arms,
        goals=found.goals,
        segments=found.segments,
        notes=found.notes,
        preset=found.preset,
        exposure=found.exposure,
    )


def _shape(known: Sequence[SampledColumn]) -> Shape:
    names = [column.name for column in known]
    if "units" in names and any(one.startswith("goal__") for one in names):
        return Shape.JOINT
    is_log = _time(known) and vocabulary.best(names, vocabulary.EVENT)
    return Shape.EVENTS if is_log else Shape.UNITS


def _roles(
    form: Shape, known: Sequence[SampledColumn], engine: DuckDB, sample: str, unit: str | None
) -> dict[str, str]:
    """Role to column, for the roles the shape has and as far as columns were found."""
    if form is Shape.JOINT:
        return {}
    names = [column.name for column in known]
    found = {"variant": _variant(known, engine, sample), "unit": unit}
    if form is Shape.EVENTS:
        found |= {"time": _time(known), "event": vocabulary.best(names, vocabulary.EVENT)}
    return {role: column for role, column in found.items() if column is not None}


def _variant(known: Sequence[SampledColumn], engine: DuckDB, sample: str) -> str | None:
    """A coarse column called like a variant, else one with a level called like a control."""
    coarse = [column for column in known if column.is_coarse]
    by_name = vocabulary.best(
        [one.name for one in coarse if one.is_text or one.is_whole or one.is_truth],
        vocabulary.VARIANT,
        whole=False,
    )
    if by_name is not None:
        return by_name
    texts = [column.name for column in coarse if column.is_text]
    levels = {one: _arms(engine, sample, one) for one in texts}
    return vocabulary.variant_among(levels, sure=True)


def _time(known: Sequence[SampledColumn]) -> str | None:
    clocks = [column.name for column in known if column.type.startswith("TIMESTAMP")]
    clocks += [column.name for column in known if column.is_moment]
    numbers = [column.name for column in known if column.is_number or column.is_ticks]
    epochs = [column.name for column in known if column.epoch is not None]
    named = vocabulary.best([*clocks, *numbers], vocabulary.TIME)
    return named or next(iter([*clocks, *epochs]), None)


def _clock(known: Sequence[SampledColumn], time: str | None) -> dict[str, Any]:
    """The key that says what a column of times holds, where it holds numbers."""
    column = next((one for one in known if one.name == time), None)
    if column is None or not (column.is_number or column.is_ticks):
        return {}
    return {"time_unit": str(likely_unit(column.most) or TimeUnit.ORDER)}


def _moments(form: Shape, known: Sequence[SampledColumn]) -> Iterator[str]:
    """Columns of a table of units that tell when something happened, as rows of a log do."""
    epochs = [column for column in known if column.epoch is not None]
    if form is Shape.UNITS and epochs:
        listed = " and ".join(column.name for column in epochs)
        told = f"{listed} hold moments, in {epochs[0].epoch} since 1970"
        yield f"{told}; if a row is an event, such as a click, use --shape events"


def _fields(
    known: Sequence[SampledColumn], inner: Mapping[str, Field], time: str | None
) -> dict[str, Any]:
    """The key that says where values lie inside others; nothing without such values."""
    ticks = {one.name for one in known if one.is_ticks} & {time}
    found = {
        one: {"column": field.column, "key": _key(field.key)}
        | ({"type": "number"} if one in ticks else {})
        for one, field in inner.items()
    }
    return {"fields": found} if found else {}


def _key(path: tuple[str, ...]) -> str | list[str]:
    """A path as a definition writes it."""
    return path[0] if len(path) == 1 else [*path]


def _missing(form: Shape, roles: Mapping[str, str], held: Mapping[str, str]) -> Iterator[str]:
    """The roles without a column; held: columns inside which a variant may lie, by their types."""
    for role in (*NEEDED_COLUMNS[form], *(["variant"] if form in TELL_VARIANT else [])):
        if role not in roles:
            yield f"no column looks like the {role}; write {role} = ... under [data.columns]"
            if role == "variant" and held:
                column, kind = next(iter(held.items()))
                place = 'form = "params", key = "its key"' if kind.endswith("]") else "key = [...]"
                yield (
                    f"it may lie inside {' or '.join(held)}: name it under [data.fields], e.g. "
                    f'variant = {{ column = "{column}", {place} }}'
                )


def _repeats(engine: DuckDB, sample: str, unit: str | None) -> bool:
    if unit is None:
        return False
    counted = [(f"COUNT(DISTINCT {name(unit)}) < COUNT({name(unit)})", "repeats")]
    ((repeats,),) = engine.rows(select(counted, sample))
    return bool(repeats)


def _arms(engine: DuckDB, sample: str, column: str | None) -> tuple[str, ...]:
    """The levels of a column, control first; none where they are too many to be variants."""
    if column is None:
        return ()
    level = f"CAST({name(column)} AS TEXT)"
    rows = engine.rows(
        select([(level, "arm")], sample, where=[f"{name(column)} IS NOT NULL"], group=[level])
    )
    variants = vocabulary.control_first(str(variant) for (variant,) in rows)
    return variants if 2 <= len(variants) <= MOST_LEVELS else ()


def _segments(
    form: Shape, known: Sequence[SampledColumn], roles: Mapping[str, str]
) -> dict[str, str]:
    """Coarse columns of text, as many as keep the joint table small."""
    start = "segment__" if form is Shape.JOINT else ""
    found: dict[str, str] = {}
    cells = 1
    for column in known:
        fits = column.is_text and column.is_coarse and column.name not in roles.values()
        fits = fits and not str(column.least).strip().endswith("%")
        if fits and column.name.startswith(start) and cells * column.distinct <= MOST_CELLS:
            cells *= column.distinct
            found[column.name.removeprefix(start)] = column.name.removeprefix(start)
    return found


def _goals(
    form: Shape,
    known: Sequence[SampledColumn],
    roles: Mapping[str, str],
    engine: DuckDB,
    sample: str,
) -> tuple[Goals, Goals]:
    """The goals, and further ones that are for the owner to choose."""
    free = [column for column in known if column.name not in roles.values()]
    if form is Shape.EVENTS:
        event = roles.get("event")
        goals = of_events(engine, sample, roles.get("unit"), event)
        amounts = [one.name for one in free if one.is_amount]
        return goals, amounts_of_events(engine, sample, event, goals, amounts)
    if form is Shape.JOINT:
        named = [one.name for one in known if one.name.startswith("goal__")]
        return of_joint(engine, sample, named), {}
    values = [one.name for one in free if one.is_number and not one.is_truth]
    return of_units(engine, sample, [one.name for one in free if one.is_truth], values), {}
