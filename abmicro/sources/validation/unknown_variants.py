"""Variants in a log that the experiment does not know, by name."""

from __future__ import annotations

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
    """Raise SourceError that names variants of the events shape which are no arms.

    Where `exposure.match` names ours, others may be other experiments and are only counted. The
    names cost a second query, which is asked only where there is something to refuse.
    """
    data = experiment.require_data()
    strange = any(out.step == "unknown_variant" for out in counts.left_out)
    if data.shape is not Shape.EVENTS or experiment.exposure.match or not strange:
        return
    variant = f"CAST({name(str(data.columns.variant))} AS TEXT)"
    known = [recorded for recorded, _ in recorded_arms(experiment)]
    telling = Attribution(experiment, source.relation, None).telling
    where = [f"{variant} NOT IN ({', '.join(map(literal, known))})", telling]
    units = f"COUNT(DISTINCT {name(str(data.columns.unit))})"
    items = [(variant, "variant"), (units, "units")]
    sql = select(items, meant(experiment, source.relation), where=where, group=[variant])
    sql += f"\nORDER BY units DESC, variant LIMIT {SHOWN}"
    raise SourceError(
        *(
            Problem(
                "data.columns.variant",
                f"{variant!r} is not one of the variants ({units:,} units)",
                "E306",
                suggest(variant, known),
            )
            for variant, units in source.engine.rows(translate(sql, source.engine.dialect))
        )
    )
