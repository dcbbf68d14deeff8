"""The SELECTs behind the tables of an experiment, as text to read or to run elsewhere."""

from __future__ import annotations

import re
from datetime import date

from abmicro.errors import Problem, SourceError
from abmicro.experiment.model import Experiment
from abmicro.sources.collect_histograms import select_histograms
from abmicro.sources.sql.select import select

PLACE = "abmicro_model_of_dbt"
QUOTED = re.compile(rf"[\"`\[]?{PLACE}[\"`\]]?")
JINJA = ("{{", "{%", "{#")
MODEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


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


def times_read(experiment: Experiment, *, histograms: bool = False) -> int:
    """How often a SELECT of `query` reads the rows of the data.

    Raises what `query` raises.

    >>> from abmicro.experiment.file.toml import loads
    >>> from abmicro.experiment.file.template import template
    >>> times_read(loads(template("units")))
    1
    """
    write = select_histograms if histograms else select
    return write(experiment, relation=PLACE).count(PLACE)


def dbt_model(
    experiment: Experiment,
    events: str,
    *,
    dialect: str = "duckdb",
    as_of: date | str | None = None,
    histograms: bool = False,
) -> str:
    """The same SELECT as a model of dbt, which asks another model in place of the table.

    events: the name of the model that holds the rows. The others as in `query`.

    Raises SourceError as `query`, for a name that no model can have, and for texts of the
    definition that dbt would take for its own language.

    >>> from abmicro.experiment.file.toml import loads
    >>> from abmicro.experiment.file.template import template
    >>> text = dbt_model(loads(template("units")), "visits")
    >>> text.count("{{ ref('visits') }}")
    1
    """
    if not MODEL.fullmatch(events):
        hint = "name the model that holds the rows, e.g. events"
        raise SourceError(Problem("--dbt", f"{events!r} is no name of a model", "E309", hint))
    data = experiment.require_data().model_copy(update={"table": PLACE, "source": None})
    asked = experiment.model_copy(update={"data": data})
    text = query(asked, dialect=dialect, as_of=as_of, histograms=histograms)
    if any(sign in text for sign in JINJA):
        what = "a text of the definition holds {{, {% or {#, which dbt takes for its own"
        raise SourceError(Problem("--dbt", what, "E309", "compare with another text"))
    return QUOTED.sub(f"{{{{ ref('{events}') }}}}", text)
