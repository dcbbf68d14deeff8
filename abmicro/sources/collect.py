"""Data to joint counts: run the one SELECT, refuse what does not fit by name, place the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from abmicro.counts import JointCounts, Origin
from abmicro.experiment.model import Experiment
from abmicro.sources.columns import check_columns
from abmicro.sources.engines import opened
from abmicro.sources.labels import columns_of
from abmicro.sources.placing import bounded, keep_top_levels, refuse_what_does_not_fit
from abmicro.sources.query import select
from abmicro.sources.repeats import refuse_repeated_units


def collect(
    experiment: Experiment,
    data: object = None,
    *,
    folder: Path | None = None,
    as_of: date | str | None = None,
) -> JointCounts:
    """Reduce the data of an experiment to its joint counts.

    data: a path or glob, a pandas, polars or Arrow table, an open DuckDB connection (the table is
        `data.table` or `data.source`), or any `Engine`; default what the experiment names.
    folder: where a relative `data.source` starts; default the working folder.
    as_of: count only what happened before this day (or ISO moment).

    Returns the table with the account of every row read; see `JointCounts.ledger`.
    Raises SourceError where data are missing, unreadable or not of the shape declared, and
    CountsError where counts contradict themselves.

    >>> import duckdb
    >>> from abmicro.experiment.model import Columns, Data
    >>> shop = duckdb.connect()
    >>> _ = shop.execute("CREATE TABLE visits AS SELECT * FROM (VALUES ('A', 1, 0), ('A', 0, 0), "
    ...                  "('B', 1, 1), ('B', 1, 0)) AS v(arm, cart, buy)")
    >>> test = Experiment(
    ...     name="Button", variants=["A", "B"],
    ...     goals={"cart": {"kind": "milestone"}, "buy": {"kind": "macro"}},
    ...     data=Data(shape="units", table="visits", columns=Columns(variant="arm")),
    ... )
    >>> collect(test, shop).reached("cart").ravel()
    array([1, 2])
    """
    labels = columns_of(experiment)
    variants = tuple(variant.name for variant in experiment.variants)
    with opened(experiment, data, folder) as source:
        check_columns(experiment, source)
        sql = select(
            experiment, relation=source.relation, dialect=source.engine.dialect, as_of=as_of
        )
        rows = bounded(source.engine.rows(sql))
        refuse_repeated_units(experiment, source)
    refuse_what_does_not_fit(experiment, labels, rows)
    counts = JointCounts.from_rows(labels.names, keep_top_levels(labels, rows), variants=variants)
    printed = select(experiment, as_of=as_of)
    return replace(counts, origin=Origin(source.label, sha256(printed.encode()).hexdigest()))
