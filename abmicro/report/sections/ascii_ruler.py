"""The pass-through ruler in characters, for terminals and mail."""

from __future__ import annotations

from abmicro.analysis.results import CarryThrough, PassThroughSet

LOW, HIGH = -1.0, 2.0  # pass-throughs at the ends of the ruler; sets beyond them get an arrow
COLUMNS = 61
MARGIN = "    "
NONE, ALL = "none arrived ", " all arrived"


def draw(result: CarryThrough) -> tuple[str, ...]:
    """Three lines: the landmarks 0, c and 1, the axis with their marks, the set with its estimate.

    `=` lies in the set, `o` is the estimate, `<` and `>` say that the set goes on beyond the ruler.
    """
    labels, axis = [" "] * COLUMNS, ["-"] * COLUMNS
    for place in (0.0, result.threshold, 1.0):
        label, at = f"{place:g}", _column(place)
        axis[at] = "|"
        labels[at : at + len(label)] = label
    labels[_column(0.0) - len(NONE) : _column(0.0)] = NONE
    labels[_column(1.0) + 1 : _column(1.0) + 1 + len(ALL)] = ALL
    lines = ("".join(labels), "".join(axis), _set(result))
    return tuple((MARGIN + line).rstrip() for line in lines)


def _set(result: CarryThrough) -> str:
    through = result.pass_through
    line = ["=" if _holds(through, _place(column)) else " " for column in range(COLUMNS)]
    if through.kind == "rays" or through.low < LOW:
        line[0] = "<"
    if through.kind == "rays" or through.high > HIGH:
        line[-1] = ">"
    if through.kind == "interval" and LOW <= through.estimate <= HIGH:
        line[_column(through.estimate)] = "o"
    return "".join(line)


def _holds(through: PassThroughSet, place: float) -> bool:
    if through.kind == "rays":
        return place <= through.low or place >= through.high
    return through.low <= place <= through.high


def _column(place: float) -> int:
    return round((place - LOW) / (HIGH - LOW) * (COLUMNS - 1))


def _place(column: int) -> float:
    return LOW + column / (COLUMNS - 1) * (HIGH - LOW)
