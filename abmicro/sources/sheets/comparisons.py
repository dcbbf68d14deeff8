"""Rows and columns of a sheet that compare others: differences, means, p-values, rows of rates."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal

from abmicro.errors import Problem, SourceError
from abmicro.sources import vocabulary
from abmicro.sources.sheets.cells import Cell
from abmicro.sources.sheets.double_counts import is_total_like
from abmicro.sources.sheets.grid import Grid, line, tells_metrics
from abmicro.sources.sheets.numbers import is_number, is_rate, number, readings

COMPARISON = re.compile(
    r"(absolute |relative |rel |abs )?(difference|diff|delta|δ|lift|uplift|change|improvement|"
    r"average|avg|mean|median|differenz|unterschied|ver[aä]nderung|durchschnitt|mittelwert|"
    r"p ?val(ue)?|p|p ?wert|significan(ce|t)|signifikan(z|t)|confidence|konfidenz|power|z score|"
    r"chance to win|(chance|probability) (to be best|to beat .*|of .*)|probability|winner|gewinner|"
    r"std|sd|standard deviation|steigerung|sicherheit|gain|fiabilit[ée]|mejora|confianza|"
    r"significatividad|miglioramento|significativit[àa]|verbetering|significantie|amélioration|"
    r"forbedring|förbättring|poprawa|istotność|улучшение|достоверность|改善率|"
    r"diff[ée]rence|écart|moyenne|diferencia|promedio|media|differenza|verschil|gemiddelde|"
    r"разница|среднее|różnica|średnia|skillnad|forskjell|forskel|erotus|fark|差|差分|平均|"
    r"平均值|keskiarvo|gennemsnit|genomsnitt|medelvärde|gjennomsnitt|průměr|ortalama|átlag|média)"
    r"|(difference|diff|uplift) .*",
    re.IGNORECASE,
)
DELTAS = ("\u0394", "\u2206")
BETWEEN = re.compile(r"\s*[-\u2013\u2212/:]\s*|\s+(?:minus|over|vs\.?|versus|against|gegen)\s+")


def without_comparisons(grid: Grid) -> Grid:
    """The grid without rows and columns that compare others, and without rows of rates alone.

    Raises SourceError for what is called a comparison and may be a variant by its counts.
    """
    firsts = [str(row[0]) for row in grid.rows]
    known = {one.casefold() for one in (*firsts, *grid.names)}
    compared, across = _compared_rows(firsts, known), _compared_columns(grid, known)
    _refuse_variants(grid, firsts, compared, across)
    rates = [] if tells_metrics(firsts) else _rows_of_rates(grid)
    rows = tuple(row for at, row in enumerate(grid.rows) if at not in {*compared, *rates})
    gone = [*(firsts[at] for at in compared), *grid.only(across).names]
    notes = [f"compared, set aside: {', '.join(gone)}"] * bool(gone)
    told = "; ".join(line(grid.rows[at]) for at in rates[:5])
    notes += [f"rows of rates, set aside: {told}"] * bool(rates)
    if not notes or not rows:
        return grid
    kept = sorted({*range(len(grid.names))} - {*across})
    return replace(grid, rows=rows).only(kept).noting(*notes)


def _compared_rows(firsts: Sequence[str], known: Collection[str]) -> list[int]:
    """Rows that are called comparisons; none where fewer than two variants would be left."""
    found = [at for at, cell in enumerate(firsts) if is_comparison(cell, known)]
    left = {one for at, one in enumerate(firsts) if at not in found and not is_total_like(one)}
    return found if len(left) > 1 else []


def _compared_columns(grid: Grid, known: Collection[str]) -> list[int]:
    """Columns that are called comparisons; none where they are all but one of the counts."""
    found = [at for at, name in enumerate(grid.names) if at and is_comparison(name, known)]
    left, all_ = (len(_of_numbers(grid, without)) for without in (found, ()))
    return [] if left < 2 <= all_ else found


def _of_numbers(grid: Grid, without: Collection[int]) -> list[int]:
    """The places of other columns with numbers, totals apart."""
    kept = [at for at, name in enumerate(grid.names) if at not in without]
    kept = [at for at in kept if not is_total_like(grid.names[at])]
    return [at for at in kept if any(map(is_number, grid.column(at)))]


def _refuse_variants(
    grid: Grid, firsts: Sequence[str], rows: Collection[int], columns: Collection[int]
) -> None:
    """Raise SourceError for rows and columns called comparisons that count about as many as others.

    The mean of others lies between them, and a difference is far from them.
    """
    first = [next(filter(is_number, row), "") for row in grid.rows]
    _refuse_alike(firsts, first, rows)
    visitors = next((row for row in grid.rows if tells_metrics(row[:1])), ())
    _refuse_alike(grid.names[: len(visitors)], visitors, columns)


def _refuse_alike(names: Sequence[str], cells: Sequence[Cell], compared: Collection[int]) -> None:
    grammar = next(readings(cells), None) if compared else None
    if grammar is None:
        return
    counts = [number(cell, grammar) for cell in cells]
    told = [at for at, one in enumerate(counts) if one and not is_total_like(names[at])]
    others = [counts[at] or Decimal(0) for at in told if at not in compared]
    for at in {*told} & {*compared} if others else ():
        one = counts[at] or Decimal(0)
        between = min(others) <= one <= max(others)
        if not between and min(others) < 2 * one and one < 2 * max(others):
            what = f"{names[at]!r} may be a variant, or a comparison of the others"
            hint = "delete it, or give the variant another name"
            raise SourceError(Problem("data.source", what, "E675", hint))


def is_comparison(cell: str, known: Collection[str] = ()) -> bool:
    """Whether a name is of a comparison, or made of two other names.

    known: the other names, in small letters.

    >>> is_comparison("Uplift"), is_comparison("B - A", {"a", "b"})
    (True, True)
    """
    if COMPARISON.fullmatch(vocabulary.words(cell)) or cell in DELTAS:
        return True
    parts = BETWEEN.split(cell.casefold())
    return len(parts) == 2 and parts[0] != parts[1] and all(part in known for part in parts)


def _rows_of_rates(grid: Grid) -> Sequence[int]:
    """Rows whose numbers are all in percent, where those of others are not."""
    numbers = [[cell for cell in row if is_number(cell)] for row in grid.rows]
    rates = [at for at, cells in enumerate(numbers) if cells and all(map(is_rate, cells))]
    counted = any(cells and not any(map(is_rate, cells)) for cells in numbers)
    return rates if counted else []
