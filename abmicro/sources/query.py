"""The SELECTs behind the tables of an experiment, as text to read or to run elsewhere."""

from __future__ import annotations

from datetime import date

from abmicro.experiment.model import Experiment
from abmicro.sources.collect_histograms import select_histograms
from abmicro.sources.sql.select import select


def query(
    experiment: Experiment,
    *,
    dialect: str = "duckdb",
    as_of: date | str | None = None,
    histograms: bool = False,
) -> str:
    """The one SELECT that makes the joint table of an experiment, or its histograms.

    dialect: any that sqlglot writes. as_of: count only what happened before this day or moment.
    histograms: write the SELECT of `collect_histograms` (events) instead.

    Its answer, saved as .csv or .parquet, is what `JointCounts.load` and `Histograms.load` read.
    Raises SourceError for an unknown dialect or data without such a query.

    >>> from abmicro.experiment.file.toml import loads
    >>> from abmicro.experiment.file.template import template
    >>> query(loads(template("units")), dialect="bigquery").splitlines()[0]
    'SELECT'
    """
    write = select_histograms if histograms else select
    return write(experiment, dialect=dialect, as_of=as_of)
