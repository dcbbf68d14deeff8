"""The analysis as a record: JSON that reads back to an equal analysis, and CSV for spreadsheets.

The names are a contract. Rates and lifts are fractions, numbers are never rounded. A number that
cannot be computed is null in JSON and an empty cell in CSV; the open end of an interval is the
string "Infinity" or "-Infinity", which JSON has no number for.
"""

from __future__ import annotations

import csv as spreadsheet
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from typing import Any, NamedTuple

from abmicro.analysis import results
from abmicro.experiment.data.derived_columns import Identity
from abmicro.experiment.file import toml
from abmicro.experiment.masking import masked_source
from abmicro.experiment.model import Data, Experiment
from abmicro.report.render.dataclass_json import (
    OPEN_ENDS,
    columns,
    fault,
    json_text,
    mapping,
    member,
    read,
    rows,
    to_plain,
)

SCHEMA_VERSION = 2
READABLE = (1, SCHEMA_VERSION)
"""Versions that `from_record` reads; what changed between them: docs/record.md."""
SECTIONS: dict[str, type] = {
    "checks": results.Check,
    "ledger": results.LedgerLine,
    "goals": results.GoalResult,
    "interactions": results.Interaction,
    "funnel": results.StepResult,
    "carry_through": results.CarryThrough,
    "verdicts": results.Verdict,
    "absent": results.Absent,
    "expert": results.ExpertMeasure,
    "mended": results.Mended,
    "timing": results.Timing,
    "weeks": results.WeekLift,
    "trends": results.Trend,
    "days": results.Day,
    "detectable": results.Detectable,
    "claims": results.Claim,
    "uncompared": results.Uncompared,
    "strata": results.ComparedWithin,
    "volumes": results.Volume,
}
LATER = ("uncompared", "strata", "volumes")
"""Sections that older records lack."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(analysis: results.Analysis) -> str:
    """The record as JSON text; the same analysis gives the same bytes."""
    return json_text(to_record(analysis))


class RecordTable(NamedTuple):
    """Columns, and rows as cells by column."""

    heads: list[str]
    rows: list[dict[str, Any]]


def to_record(analysis: results.Analysis) -> dict[str, Any]:
    """The record as plain dictionaries, lists, strings and numbers, ready for `json.dumps`.

    Beside the results it holds the whole definition, so that `from_record` can read it back. Of a
    database URL only the scheme is kept: a connection string never leaves in a record.
    """
    experiment = without_secrets(analysis.experiment)
    provenance = to_plain(analysis.provenance)
    return {
        "schema_version": SCHEMA_VERSION,
        "experiment": {
            "name": experiment.name,
            "key": experiment.key,
            "definition_sha256": provenance.pop("definition_sha256"),
            "definition": toml.dumps(experiment),
        },
        "provenance": provenance,
        "recommendation": to_plain(analysis.recommendation),
        **{section: to_plain(getattr(analysis, section)) for section in SECTIONS},
        "ledger": [ledger_row(line) for line in analysis.ledger],
        "bayes": to_plain(analysis.bayes),
        "with_history": to_plain(analysis.with_history),
        "monitoring": to_plain(analysis.monitoring),
        "course": to_plain(analysis.course),
        "traffic": to_plain(analysis.traffic),
    }


def from_record(record: Mapping[str, Any]) -> results.Analysis:
    """The analysis that `to_record` wrote.

    Raises SourceError that names the place where a record misses a field, has one too many or holds
    another type, DefinitionError where its definition is wrong.
    """
    version = member(record, "schema_version")
    if version not in READABLE:
        known = " and ".join(map(str, READABLE))
        raise fault("schema_version", f"is {version!r}", f"this abmicro reads {known}")
    head = member(record, "experiment")
    definition = read(str, member(head, "definition", "experiment"), "experiment.definition")
    provenance = {
        "notes": [],
        **mapping(member(record, "provenance"), "provenance"),
        "definition_sha256": member(head, "definition_sha256", "experiment"),
    }
    lists = {name: _rows(record, name) for name in SECTIONS}
    lists["ledger"] = [_untold(mapping(line, "ledger")) for line in lists["ledger"]]
    sections = {
        name: tuple(read(SECTIONS[name], one, f"{name}[{at}]") for at, one in enumerate(found))
        for name, found in lists.items()
    }
    return results.Analysis(
        experiment=toml.loads(definition),
        provenance=read(results.Provenance, provenance, "provenance"),
        bayes=read(results.Bayes, member(record, "bayes"), "bayes"),
        recommendation=_recommendation(record, version),
        with_history=read(
            tuple[results.MacroWithHistory, ...], record.get("with_history", []), "with_history"
        ),
        monitoring=read(results.Monitoring | None, record.get("monitoring"), "monitoring"),
        course=read(results.Course, record.get("course", {}), "course"),
        traffic=read(results.TrafficBehind | None, record.get("traffic"), "traffic"),
        **sections,
    )


def _rows(record: Mapping[str, Any], name: str) -> list[Any]:
    """The rows of a section; none where the record is older than the section."""
    if name in LATER and name not in record:
        return []
    return rows(member(record, name), name)


def _recommendation(record: Mapping[str, Any], version: int) -> results.Recommendation:
    """The decision over all variants, of which the first version knew nothing."""
    if version == 1:
        return results.NOTHING_RECOMMENDED
    found: results.Recommendation = read(
        results.Recommendation, member(record, "recommendation"), "recommendation"
    )
    return found


def goals_csv(analysis: results.Analysis) -> str:
    """The goals as CSV, one row per goal, variant and segment level; what a `.csv` file gets."""
    return csv(analysis)["goals"]


def csv(analysis: results.Analysis) -> dict[str, str]:
    """One CSV text per section, nested figures as columns such as `lift_low`.

    The columns do not depend on the data. A text that a spreadsheet would run as a formula is given
    a leading apostrophe.
    """
    return {name: csv_text(*table) for name, table in tables(analysis).items()}


def tables(analysis: results.Analysis) -> dict[str, RecordTable]:
    """Every section as its columns and rows."""
    return {name: table_of(kind, getattr(analysis, name)) for name, kind in SECTIONS.items()}


def table_of(kind: type, found: Iterable[Any]) -> RecordTable:
    """Results of a kind as columns and rows; a row lacks what cannot be computed."""
    return RecordTable(list(columns(kind)), [dict(_flat(to_plain(result))) for result in found])


def csv_text(heads: list[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV under their heads; other cells of a row are left out."""
    sheet = StringIO()
    writer = spreadsheet.DictWriter(
        sheet, heads, restval="", extrasaction="ignore", lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows({name: harmless(cell) for name, cell in row.items()} for row in rows)
    return sheet.getvalue()


def _flat(row: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}_")
        elif value is not None:
            text = " ".join(map(str, value)) if isinstance(value, list) else value
            yield f"{before}{name}", text


def harmless(value: Any) -> Any:
    """A cell as it is; before a text that a spreadsheet would run as a formula, an apostrophe.

    >>> harmless("=1+1"), harmless("-Infinity"), harmless(-3)
    ("'=1+1", '-Infinity', -3)
    """
    if isinstance(value, str) and value.startswith(FORMULA) and value not in OPEN_ENDS:
        return f"'{value}"
    return value


def without_secrets(experiment: Experiment) -> Experiment:
    """The experiment with a database URL cut down to its scheme, and passwords in sources hidden.

    What stands for a variable of the environment is kept as it is written: ${NAME}.
    """
    data = experiment.data
    if data is None:
        return experiment
    hidden = data.model_copy(update=_masked(data))
    if data.identity is not None:
        identity = data.identity.model_copy(update=_masked(data.identity))
        hidden = hidden.model_copy(update={"identity": identity})
    return experiment.model_copy(update={"data": hidden})


def _masked(part: Data | Identity) -> dict[str, str]:
    """Where the rows of a part are, as it may be shown."""
    places = {"source": part.source, "table": part.table}
    return {name: masked_source(text) for name, text in places.items() if text is not None}


def ledger_row(line: results.LedgerLine) -> dict[str, Any]:
    """A ledger line whose count is named by what it counts."""
    count = {line.of: line.count}
    return {"step": line.step, **count, "variant": line.variant, "sentence": line.sentence}


def _untold(line: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the ledger line that `ledger_row` wrote."""
    of = "rows" if "rows" in line else "units"
    return {"of": of, "count": line.get(of)} | {k: v for k, v in line.items() if k != of}
