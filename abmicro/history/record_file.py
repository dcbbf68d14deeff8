"""A past test as text: `[record]`, then its definition, in the TOML of definitions."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from abmicro.errors import DefinitionError, Problem
from abmicro.experiment.field_types import Day, Text
from abmicro.experiment.file.toml import of_document
from abmicro.experiment.file.toml_text import render
from abmicro.experiment.strict_model import StrictModel, shown
from abmicro.history.past_test import PastTest

if TYPE_CHECKING:
    from abmicro.counts import JointCounts
    from abmicro.experiment.model import Experiment

SCHEMA = 1


class RecordHead(StrictModel):
    """The table `record` of the file; see `PastTest`."""

    toml_table: ClassVar[str] = "record"

    added: Day
    abmicro: Text
    definition_sha256: Text
    counts_sha256: Text
    source: Literal["analysis", "import"] = "analysis"
    verdicts: dict[Text, Text] = Field(default_factory=dict)
    labels: dict[Text, Text] = Field(default_factory=dict)
    failed_checks: tuple[Text, ...] = ()
    shipped: Text | None = None

    def of(self, experiment: Experiment, counts: JointCounts) -> PastTest:
        """The past test with its definition and counts."""
        return PastTest(experiment, counts, **dict(self))


def text_of(test: PastTest) -> str:
    """A past test as the text of its file, without its counts."""
    names = RecordHead.model_fields
    head = RecordHead(**{name: getattr(test, name) for name in names})
    record = head.model_dump(exclude_defaults=True)
    definition = tomllib.loads(str(test.experiment))
    return render({"schema": SCHEMA, "record": record, **definition})


def read_text(text: str, where: str) -> tuple[RecordHead, Experiment]:
    """What `text_of` wrote, without the counts.

    where: what to call the file.

    Raises DefinitionError for a text that is no record (E510) or of a newer version (E615), and
    with every problem of its definition.
    """
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise DefinitionError(_unreadable(where, f"is not TOML: {error}")) from None
    schema, record = document.get("schema"), document.pop("record", None)
    if isinstance(schema, int) and schema > SCHEMA:
        what = f"is of version {schema}, and this abmicro reads up to {SCHEMA}"
        raise DefinitionError(Problem(where, what, "E615", "upgrade abmicro"))
    if not isinstance(record, dict):
        what, hint = "is no past test: it holds no [record]", "keep other files in another folder"
        raise DefinitionError(Problem(where, what, "E510", hint))
    if schema != SCHEMA:
        raise DefinitionError(_unreadable(where, f"says schema = {shown(schema)}"))
    return RecordHead(**record), of_document(document, text, where=where)


def _unreadable(where: str, what: str) -> Problem:
    return Problem(where, what, "E510", "put the file back as it was, or remove it and its counts")
