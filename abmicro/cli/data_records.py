"""What is said of data before an analysis, as JSON with stable names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from abmicro import __version__
from abmicro.analysis.trust.ledger import ledger_lines
from abmicro.report.render.dataclass_json import json_text
from abmicro.report.render.forms import head
from abmicro.report.render.json_csv import ledger_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from abmicro.experiment.model import Experiment
    from abmicro.marginals.ledger import Ledger

SCHEMA_VERSION = 1


def account(experiment: Experiment, ledger: Ledger) -> str:
    """The account of the rows, and the lines behind it as the record of an analysis has them."""
    names = experiment.names
    lines = [
        {"step": one.step, "rows": one.rows, "units": one.units, "variant": one.variant,
         "sentence": names.in_words(one.meaning)}
        for one in ledger.account
    ]  # fmt: skip
    behind = [ledger_row(one) for one in ledger_lines(ledger, names)]
    return _text(experiment, {"account": lines, "ledger": behind})


def check(
    experiment: Experiment, units: Mapping[str, int] | None = None, unreached: Sequence[str] = ()
) -> str:
    """That a definition is sound, and its data.

    units: to analyse, by variant; None where only the definition was looked at. unreached: goals
    that nobody reached.
    """
    told = None if units is None else [{"variant": k, "units": n} for k, n in units.items()]
    return _text(experiment, {"check": {"units": told, "unreached": list(unreached)}})


def _text(experiment: Experiment, said: Mapping[str, Any]) -> str:
    known = {"schema_version": SCHEMA_VERSION, "abmicro": __version__}
    return json_text({**known, "experiment": head(experiment), **said})
