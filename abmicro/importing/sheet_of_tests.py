"""The tests in a sheet: rows of one test after the other, each read as a sheet of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, TypeVar

from abmicro.errors import Problem, SourceError, suggest
from abmicro.frozen import frozen
from abmicro.importing.refusals import arm_problems, cell_problems, reader_problems
from abmicro.sources import vocabulary
from abmicro.sources.sheets.across import without_variants_across
from abmicro.sources.sheets.cells import refuse_large, trimmed
from abmicro.sources.sheets.double_counts import is_total_like
from abmicro.sources.sheets.grid import VARIANT, Grid
from abmicro.sources.sheets.layout import grid_of
from abmicro.sources.sheets.numbers import number, readings
from abmicro.sources.sheets.sheet import CountsSheet, in_two_ways, sheet_of
from abmicro.sources.text.dates import CELL, ISO, dates
from abmicro.sources.text.numerals import Doubt, Numerals

if TYPE_CHECKING:
    from abmicro.sources.sheets.cells import Cell

ROLES: dict[str, tuple[str, ...]] = {
    "test": (
        *("test", "experiment", "test name", "experiment name", "campaign", "kampagne", "study"),
        *("name", "testname", "titel", "title"),
    ),
    "date": ("start", "start date", "started", "date", "begin", "from", "datum", "beginn"),
    "end": ("end", "end date", "ended", "until", "to", "ende", "enddatum", "bis"),
    "shipped": (
        *("shipped", "winner", "live", "implemented", "rolled out", "gewinner", "umgesetzt"),
        *("ausgerollt", "sieger"),
    ),
    "allocation": ("allocation", "share", "weight", "split", "anteil", "verteilung"),
}
VARIANTS = (
    *("variant", "variation", "variante", "arm", "treatment", "recipe", "test group", "version"),
    *("group", "group name", "gruppe", "testgruppe"),
)
DAYS = ("date", "end")
PLAIN = Numerals()
T = TypeVar("T")
YES = {"yes", "y", "x", "1", "true", "ja", "j", "✓", "oui", "si"}
NO = {"no", "n", "0", "false", "nein", "none", "non", "control", "-", "–"}


@frozen
class ReadTest:
    """One test of a sheet.

    name: as it is called there. sheet: its counts. start, end: first and last day, None where the
    sheet does not tell. shipped: the variant that went live, `control` for none, None where it is
    not told. shares: of the variants in the order of `sheet.arms`; none where they are equal.
    line: of its first row in the file.
    """

    name: str
    sheet: CountsSheet
    start: date | None
    end: date | None
    shipped: str | None
    shares: tuple[float, ...]
    line: int


@frozen
class SheetOfTests:
    """The tests of a sheet, and what was done to it."""

    tests: tuple[ReadTest, ...]
    notes: tuple[str, ...]


@frozen
class _Rows:
    """The rows of one test, with the roles of its columns and the lines they stand on."""

    name: str
    grid: Grid
    lines: tuple[int, ...]
    roles: Mapping[str, tuple[str, ...]]


def sheet_of_tests(
    rows: Sequence[Sequence[object]],
    *,
    called: Mapping[str, str] | None = None,
    title: str = "",
    add_up: bool = False,
) -> SheetOfTests:
    """The tests in rows of cells, whatever their layout.

    called: role to the column that has it: test, variant, visitors, date, end, shipped, allocation,
        or a goal. title: of the test of a sheet that has no column of tests.
    add_up: rows of one variant, test and cell are added up.

    Raises SourceError with every problem at once: an empty sheet (E620), numbers that count nothing
    (E621 to E624), a variant twice in a test (E625), a test with one variant (E626).

    >>> rows = [
    ...     ("test", "variant", "visitors", "orders"),
    ...     *(("Button", "control", 90, 7), ("Button", "new", 95, 9)),
    ...     *(("Teaser", "control", 80, 5), ("Teaser", "new", 85, 8)),
    ... ]
    >>> [(one.name, one.sheet.totals["new"]) for one in sheet_of_tests(rows).tests]
    [('Button', (95, 9)), ('Teaser', (85, 8))]
    """
    refuse_large(rows)
    cells = trimmed(rows)
    if not any(cell != "" for cell in chain.from_iterable(cells)):
        hint = "save a row of names, and one for each test and variant"
        raise SourceError(Problem("sheet", "is empty", "E620", hint))
    grid = without_variants_across(_renamed(grid_of(cells), called or {}))
    parts = list(_parts(grid, cells, title))
    grammars = list(readings(cell for row in grid.rows for cell in row))
    tried = [_read(parts, grammar, add_up=add_up) for grammar in grammars]
    sound = [at for at, (_, problems) in enumerate(tried) if not problems]
    if len(sound) > 1:
        raise in_two_ways(grid, *(grammars[at] for at in sound[:2]))
    tests, problems = tried[sound[0]] if sound else min(tried, key=lambda one: len(one[1]))
    if problems:
        raise SourceError(*problems)
    return SheetOfTests(tuple(tests), tuple(_notes(grid, tests)))


def _notes(grid: Grid, tests: Sequence[ReadTest]) -> Iterator[str]:
    """What was done to the whole sheet, and to its tests, each once."""
    yield from grid.notes
    yield from dict.fromkeys(note for test in tests for note in test.sheet.notes)


def _renamed(grid: Grid, called: Mapping[str, str]) -> Grid:
    """The grid with columns called by the roles that were given to them, or that they name."""
    unknown = [name for name in called.values() if name not in grid.names]
    if unknown:
        what, hint = f"there is no column {unknown[0]!r}", suggest(unknown[0], grid.names)
        raise SourceError(Problem("--columns", what, "E600", hint))
    roles = {name: role for role, name in called.items()}
    variant = vocabulary.best(grid.names, VARIANTS)
    if variant is not None and VARIANT not in (*grid.names, *roles.values()):
        roles[variant] = VARIANT
    return replace(grid, names=tuple(roles.get(name, name) for name in grid.names))


def _parts(grid: Grid, cells: Sequence[Sequence[Cell]], title: str) -> Iterator[_Rows]:
    """The rows of every test, in the order of the sheet; totals over tests are left out."""
    places = _places(grid)
    told = {role: [*map(str, grid.column(at))] for role, at in places.items()}
    told |= {role: _as_iso(role, told[role]) for role in DAYS if role in told}
    by_test: dict[str, list[int]] = {}
    for at, name in enumerate(_filled(told.get("test", [title] * len(grid.rows)), title)):
        by_test.setdefault(name, []).append(at)
    aside = {
        at
        for role, at in places.items()
        if role not in DAYS or not _differs(told[role], by_test.values())
    }
    whole = grid.only(sorted({*range(len(grid.names))} - aside))
    lines = _lines(grid, cells)
    for name, held in by_test.items():
        if len(by_test) == 1 or not is_total_like(name):
            roles = {role: _at(held, said) for role, said in told.items()}
            part = Grid(whole.names, _at(held, whole.rows))
            yield _Rows(name, part, _at(held, lines), roles)


def _at(places: Sequence[int], values: Sequence[T]) -> tuple[T, ...]:
    return tuple(values[at] for at in places)


def _places(grid: Grid) -> dict[str, int]:
    """The columns of the roles that the sheet tells."""
    named = {role: vocabulary.best(grid.names, words) for role, words in ROLES.items()}
    return {role: grid.names.index(name) for role, name in named.items() if name is not None}


def _differs(cells: Sequence[str], tests: Iterable[Sequence[int]]) -> bool:
    """Whether the rows of a test hold more than one cell, as days of a table by day do."""
    return any(len({cells[at] for at in held}) > 1 for held in tests)


def _filled(names: Sequence[str], title: str) -> Iterator[str]:
    """Names of tests; an empty one is that of the row above."""
    known = title
    for name in names:
        known = name or known
        yield known


def _as_iso(role: str, cells: Sequence[str]) -> list[str]:
    """Days as ISO writes them, empty where a cell holds none.

    Raises SourceError for days that can be read in two ways.
    """
    said = [cell for cell in cells if cell]
    if not said or not all(ISO.fullmatch(one) or CELL.fullmatch(one) for one in said):
        return [""] * len(cells)
    form = dates(said)
    if isinstance(form, Doubt):
        hint = "write the year first, e.g. 2026-09-01"
        raise SourceError(Problem(f"column of the {role}", form.what, "E318", hint))
    return [_day(cell, form.formats) for cell in cells]


def _day(cell: str, formats: Sequence[str]) -> str:
    """The day of a cell in the first format that reads it."""
    for one in formats:
        try:
            return datetime.strptime(cell, one).date().isoformat()
        except ValueError:
            continue
    return ""


def _lines(grid: Grid, cells: Sequence[Sequence[Cell]]) -> list[int]:
    """The line of the file on which each row of the grid stands; 0 where rows were turned."""
    found, at = [], 0
    for row in grid.rows:
        texts = [cell for cell in row if cell != ""]
        place = next(
            (
                line
                for line in range(at, len(cells))
                if [cell for cell in cells[line] if cell != ""] == texts
            ),
            None,
        )
        found.append(0 if place is None else place + 1)
        at = at if place is None else place + 1
    return found


def _read(
    parts: Sequence[_Rows], grammar: Numerals, *, add_up: bool
) -> tuple[list[ReadTest], list[Problem]]:
    """Every test in one grammar of numbers, and what is wrong with those that cannot be read."""
    found: list[ReadTest] = []
    failed: list[tuple[_Rows, SourceError]] = []
    problems: list[Problem] = []
    for part in parts:
        wrong = list(arm_problems(part.name, part.grid, part.lines, add_up=add_up))
        problems += wrong
        if wrong:
            continue
        grid = _added_up(part.grid, grammar) if add_up else part.grid
        try:
            sheet = sheet_of([grid.names, *grid.rows], grammar)
        except SourceError as error:
            failed.append((part, error))
            continue
        found.append(_test(part, sheet))
    goals = {goal for test in found for goal in test.sheet.goals}
    for part in parts:
        wrong = list(cell_problems(part.grid, part.lines, goals, grammar))
        problems += wrong
        failed = [one for one in failed if not (wrong and one[0] is part)]
    for part, refused in failed:
        problems += reader_problems(part.name, part.lines[0], refused)
    return found, problems


def _added_up(grid: Grid, grammar: Numerals) -> Grid:
    """The grid with its counts added up over rows that no text tells apart."""
    values = [[number(cell, grammar) for cell in row] for row in grid.rows]
    counted = [None not in column for column in zip(*values, strict=True)]
    sums: dict[tuple[Cell | None, ...], list[Decimal]] = {}
    for row, read in zip(grid.rows, values, strict=True):
        labels = tuple(None if yes else cell for cell, yes in zip(row, counted, strict=True))
        before = sums.get(labels, [Decimal(0)] * len(read))
        sums[labels] = [one + (more or 0) for one, more in zip(before, read, strict=True)]
    rows = (
        tuple(total if text is None else text for text, total in zip(labels, totals, strict=True))
        for labels, totals in sums.items()
    )
    return replace(grid, rows=tuple(rows))


def _test(part: _Rows, sheet: CountsSheet) -> ReadTest:
    days = [[date.fromisoformat(one) for one in part.roles.get(role, ()) if one] for role in DAYS]
    return ReadTest(
        name=part.name,
        sheet=sheet,
        start=min(days[0], default=None),
        end=max(days[1], default=None),
        shipped=_shipped(part, sheet),
        shares=_shares(part, sheet),
        line=part.lines[0],
    )


def _shipped(part: _Rows, sheet: CountsSheet) -> str | None:
    """The variant that went live: marked on its row, or named on all rows."""
    said = [cell.strip() for cell in part.roles.get("shipped", ())]
    if not said:
        return None
    names = {arm.casefold(): arm for arm in sheet.arms}
    named = [names[cell.casefold()] for cell in said if cell.casefold() in names]
    if named:
        return named[0]
    if sheet.variant in part.grid.names:
        at = part.grid.names.index(sheet.variant)
        marked = [
            str(row[at])
            for row, cell in zip(part.grid.rows, said, strict=True)
            if cell.casefold() in YES
        ]
        if marked and marked[0] in sheet.arms:
            return marked[0]
    return "control" if all(cell.casefold() in NO for cell in said) else None


def _shares(part: _Rows, sheet: CountsSheet) -> tuple[float, ...]:
    """Planned shares of the variants, where a column of them has one for each."""
    said = part.roles.get("allocation", ())
    if sheet.variant not in part.grid.names or len(said) != len(sheet.arms):
        return ()
    at = part.grid.names.index(sheet.variant)
    shares = {
        str(row[at]): PLAIN.value(cell.rstrip("% ").replace(",", "."))
        for row, cell in zip(part.grid.rows, said, strict=True)
    }
    known = [one for arm in sheet.arms if (one := shares.get(arm)) is not None and one > 0]
    total = float(sum(known))
    return tuple(float(one) / total for one in known) if len(known) == len(said) else ()
