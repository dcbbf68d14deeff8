"""Data frames whose columns say by their names what they hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from abmicro.experiment.model import Data, Experiment, Shape


def with_plain_data(experiment: Experiment, data: Any) -> Experiment:
    """The experiment, with its data described where it says nothing of them and a frame does.

    A frame with a column `variant` has a row for each unit, and one with a column `units` besides
    a row of counts; goals are columns by their own names. Everything else must be said in [data].
    """
    names = _names(data)
    if experiment.data is not None or "variant" not in names:
        return experiment
    shape = Shape.COUNTS if "units" in names else Shape.UNITS
    columns = {"variant": "variant", **({"units": "units"} if shape is Shape.COUNTS else {})}
    return experiment.model_copy(update={"data": Data(shape=shape, columns=columns)})


def _names(data: Any) -> list[str]:
    """Names of the columns of a frame or table; none of anything else."""
    if hasattr(data, "collect_schema"):  # polars, whose lazy frames know no columns yet
        return [str(name) for name in data.collect_schema().names()]
    of_arrow = getattr(getattr(data, "schema", None), "names", None)
    for names in (of_arrow, getattr(data, "columns", None)):
        if isinstance(names, Iterable):
            return [str(name) for name in names]
    return []
