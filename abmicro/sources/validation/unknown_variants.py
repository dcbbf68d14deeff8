"""Variants and events that a log records, by name and count, where the definition misses them."""

from __future__ import annotations

from collections.abc import Sequence

from abmicro.counts import JointCounts
from abmicro.errors import Problem, SourceError, suggest
from abmicro.experiment.model import Experiment, Shape
from abmicro.sources.engines.engine import Source
from abmicro.sources.sql.attribution import Attribution
from abmicro.sources.sql.columns import recorded_arms
from abmicro.sources.sql.dialects import translate
from abmicro.sources.sql.exclusions import meant
from abmicro.sources.sql.fragments import literal, name, select

SHOWN = 5


def refuse_strangers(experiment: Experiment, source: Source, counts: JointCounts) -> None:
    """Raise SourceError that names variants of the events shape which are no variants.

    Where `exposure.match` names ours, others may be other experiments and are only counted. The
    names cost a second query, which is asked only where there is something to refuse.
    """
    data = experiment.require_data()
    strange = any(out.step == "unknown_variant" for out in counts.left_out)
    if data.shape is not Shape.EVENTS or experiment.exposure.match or not strange:
        return
    known = [recorded for recorded, _ in recorded_arms(experiment)]
    unknown = f"{_text(experiment, 'variant')} NOT IN ({', '.join(map(literal, known))})"
    raise SourceError(
        *(
            Problem(
                "data.columns.variant",
                f"{variant!r} is not one of the variants ({units:,} units)",
                "E306",
                suggest(variant, known),
            )
            for variant, units in _most(
                experiment, source, "variant", unknown, _telling(experiment, source)
            )
        )
    )


def recorded(experiment: Experiment, source: Source) -> str:
    """What a log records instead of what the definition asks for; nothing for other shapes."""
    data = experiment.require_data()
    if data.shape is not Shape.EVENTS or data.columns.variant is None:
        return ""
    named = f"{_text(experiment, 'variant')} IS NOT NULL"
    if found := _most(experiment, source, "variant", named, _telling(experiment, source)):
        return f"recorded are {_listed(found)}; say in [exposure] match which means which"
    if elsewhere := _most(experiment, source, "event", named):
        event = elsewhere[0][0]
        of_event = f"{_text(experiment, 'event')} = {literal(event)}"
        values = _listed(_most(experiment, source, "variant", named, of_event))
        key = f'event = "{event}"'
        return f"{event!r} records {values}; write {key} or assignment = {{ {key} }} in [exposure]"
    return f"no row names a variant; the events are {_listed(_most(experiment, source, 'event'))}"


def _listed(found: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{value!r} ({units:,} units)" for value, units in found)


def _telling(experiment: Experiment, source: Source) -> str:
    return Attribution(experiment, source.relation, None).telling


def _text(experiment: Experiment, role: str) -> str:
    return f"CAST({name(str(getattr(experiment.require_data().columns, role)))} AS TEXT)"


def _most(experiment: Experiment, source: Source, role: str, *where: str) -> list[tuple[str, int]]:
    """The values of a column that most units have, in rows that meet conditions."""
    unit = name(str(experiment.require_data().columns.unit))
    value = _text(experiment, role)
    items = [(value, "found"), (f"COUNT(DISTINCT {unit})", "units")]
    sql = select(items, meant(experiment, source.relation), where=where, group=[value])
    sql += f"\nORDER BY units DESC, found LIMIT {SHOWN}"
    return list(source.engine.rows(translate(sql, source.engine.dialect)))
