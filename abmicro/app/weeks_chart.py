"""What each week can detect, as the lines of a small picture."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite

from abmicro.experiment.naming.nouns import sentence_case
from abmicro.frozen import frozen
from abmicro.planning.results import Plan

LEFT, RIGHT, TOP, BOTTOM = 40, 268, 16, 168
MOST_LINES = 4


@frozen
class WeeksLine:
    """One goal. path: of SVG. at: height of its end, where its name stands. told: in words."""

    goal: str
    path: str
    at: float
    told: str


@frozen
class WeeksChart:
    """Lines over weeks. marks: heights and their words on the left; weeks: places and numbers."""

    lines: tuple[WeeksLine, ...]
    marks: tuple[tuple[float, str], ...]
    weeks: tuple[tuple[float, int], ...]

    @property
    def told(self) -> str:
        """The picture in words."""
        return " ".join(line.told for line in self.lines)


def weeks_chart(plan: Plan) -> WeeksChart | None:
    """The picture of a plan with traffic; None without."""
    known = [one for one in plan.weeks if isfinite(one.detectable)]
    found: dict[str, list[tuple[int, float]]] = {one.goal: [] for one in plan.weeks}
    for one in known:
        found[one.goal].append((one.week, one.detectable))
    last = max((one.week for one in known), default=0)
    if last == min((one.week for one in known), default=0):
        return None
    step, top = _scale(max(one.detectable for one in known))

    def place(week: float, lift: float) -> tuple[float, float]:
        across = LEFT + (RIGHT - LEFT) * (week - 1) / (last - 1)
        return round(across, 1), round(BOTTOM - (BOTTOM - TOP) * min(lift / top, 1), 1)

    marks = [
        (place(1, step * at)[1], f"{100 * step * at:.0f}%") for at in range(round(top / step) + 1)
    ]
    lines = [_line(goal, line, [place(*point) for point in line]) for goal, line in found.items()]
    named = tuple((place(week, 0)[0], week) for week in _named(last))
    return WeeksChart(_apart(lines), tuple(marks), named)


def _scale(largest: float) -> tuple[float, float]:
    """The step between the lines of a picture that holds such a lift, and its upper end."""
    top = max(min(largest, 1.0), 0.02)
    step = next(one for one in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if top / one <= MOST_LINES + 1)
    return step, step * ceil(top / step)


def _named(last: int) -> list[int]:
    """The weeks whose numbers stand below the picture."""
    shown = {1, *range(4, last + 1, 4), last} if last > 4 else set(range(1, last + 1))
    return sorted(week for week in shown if week in (1, last) or last - week > 1)


def _line(
    goal: str, found: Sequence[tuple[int, float]], places: Sequence[tuple[float, float]]
) -> WeeksLine:
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in places)
    ends = (found[0], found[-1])
    told = " and ".join(f"{100 * lift:.0f}% after {weeks_told(week)}" for week, lift in ends)
    return WeeksLine(goal, path, places[-1][1], f"{sentence_case(goal)}: {told}.")


def _apart(lines: Sequence[WeeksLine]) -> tuple[WeeksLine, ...]:
    """With their names so far apart that none covers another one."""
    placed: list[WeeksLine] = []
    for line in sorted(lines, key=lambda one: one.at):
        least = placed[-1].at + 14 if placed else 0
        placed.append(WeeksLine(line.goal, line.path, max(line.at, least), line.told))
    return tuple(sorted(placed, key=lambda one: [line.goal for line in lines].index(one.goal)))


def weeks_told(number: int) -> str:
    """So many weeks.

    >>> weeks_told(1), weeks_told(4)
    ('1 week', '4 weeks')
    """
    return f"{number} week{'s' * (number != 1)}"
