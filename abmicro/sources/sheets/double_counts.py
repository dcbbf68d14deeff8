"""Rows of a sheet that would be counted twice: totals beside their parts, and rows per metric.

Pure: rows of labels and counts in, problems out. `sheets` asks a source for them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate, combinations

from abmicro.errors import Problem
from abmicro.frozen import frozen
from abmicro.sources.vocabulary import MACRO, says

Labels = tuple[str | None, ...]
_Rows = list[tuple[str | None, float]]
TOTAL = re.compile(
    r"(grand |sub ?|genel |total )?(totals?|sums?|all|every(one|body|thing)|any|overall|combined"
    r"|gesamt|insgesamt|ergebnis|summen?|alle|totale?s?|totaux|totaal|totalt|i ?alt|suma|somma"
    r"|somme|soma|som|eindtotaal|alla|łącznie|celkově|합계|tous|todos"
    r"|tutti|ensemble|sammanlagt|summa|yhteensä|kaikki|razem|ogółem|celkem|összesen|toplam|tümü|σ"
    r"|итого|всего|все|сумма|合計|合计|总计|總計|小計|小计|全体|全部|すべて)"
    r"( (rows|variants|variations|segments|devices|users|visitors|sessions|traffic|countries"
    r"|g[ée]n[ée]ral|geral|generale|geräte|besucher|nutzer))?"
    r"|sum total|(gesamt|zwischen)(summe|ergebnis)|общий итог"
)
PART = re.compile(
    r"(?:sub ?)?(?:total|sum|summe|gesamt|totale|somme|итого) (?:of |for |von |für )?(?P<after>.+)"
    r"|(?P<before>.+) (?:sub ?)?(?:totale?|sum|summe|gesamt|ergebnis|somme|итого?|合計|小計)"
)
METRIC = re.compile(
    r"(metric|goal|kpi|measure|event|kennzahl|metrik|ziel|m[ée]trique|indicateur|m[ée]trica|step|"
    r"funnel step|funnel stage|schritt|trichterschritt|étape|etapa|"
    r"indicator|objective|objetivo|objectif|conversion goal|conversion|messgröße|obiettivo|"
    r"metriek|doel|stap|mått|mål|måltall|måling|steg|trin|mittari|vaihe|metryka|cel|krok|"
    r"метрика|показатель|шаг|этап|指標|指标|目標|目标)s?( name)?"
)
WAYS = 4  # most label columns of which every set is tried as what a total stands in
DELETE = "delete the row, or leave it out of the file"


@frozen
class Sheet:
    """Rows of counts. columns: names of the labels, the variant's first; counted: of the counts.

    mapped: label columns the definition knows, the variant's among them. dated: those of time.
    arms: recorded variants that a definition names; none where it is still to be written.
    """

    columns: tuple[str, ...]
    counted: tuple[str, ...]
    labels: tuple[Labels, ...]
    counts: tuple[tuple[float, ...], ...]
    mapped: frozenset[str]
    dated: frozenset[str]
    arms: frozenset[str]


@frozen
class _Group:
    """Counts of one value, and of all others, of which there are so many."""

    own: tuple[float, ...]
    others: tuple[float, ...]
    values: int


def find_doubles(sheet: Sheet) -> Iterator[Problem]:
    """What would be counted twice, or stands in several rows; the first kind that is found."""
    for kind in (_totals, _metrics, _so_called, _repeats, _told_again):
        found = list(kind(sheet))
        yield from found
        if found:
            return


@frozen
class Total:
    """Rows that are the sum of others.

    axis: places of the columns whose value tells them. value: it. counts: in one of the rows.
    """

    axis: tuple[int, ...]
    value: Labels
    counts: tuple[float, ...]

    def tells(self, labels: Labels) -> bool:
        """Whether a row of these labels is one of them."""
        return tuple(labels[at] for at in self.axis) == self.value


def first_total(sheet: Sheet) -> Total | None:
    """A value whose every count equals the sum of the other values', wherever it stands."""
    for axis in _axes(len(sheet.columns)):
        for value, groups in _stands(sheet, axis).items():
            if len(axis) > 1 and not any(map(is_total_like, value)):
                continue
            named = axis == (0,) and value[0] in sheet.arms
            if _equal(groups, like=any(map(is_total_like, value)) and not named):
                return Total(axis, value, groups[0].own)
    return None


def _totals(sheet: Sheet) -> Iterator[Problem]:
    if (found := first_total(sheet)) is not None:
        where = f"column {_listed(sheet.columns[at] for at in found.axis)}"
        what = (
            f"{_said(found.value)} is a total: its counts ({_shown(sheet, found.counts)})"
            f" equal the sum of the others"
        )
        yield Problem(where, what, "E315", DELETE)


def _so_called(sheet: Sheet) -> Iterator[Problem]:
    """Values that are called a total and do not equal the sum of the others."""
    for at, column in enumerate(sheet.columns):
        for (value,), groups in _stands(sheet, (at,)).items():
            named = at == 0 and value in sheet.arms
            if value is None or value == "" or named or not is_total_like(value):
                continue
            odd = next((one for one in groups if not _close(one)), groups[0])
            off = _listed(
                f"{name} {mine:,.10g} against {rest:,.10g}"
                for name, mine, rest in zip(sheet.counted, odd.own, odd.others, strict=True)
                if mine != rest
            )
            what = f"{value!r} is called a total and is not the sum of the others: {off}"
            hint = "delete the row, or give it another name" + ", or name it in [variants]" * (
                at == 0
            )
            yield Problem(f"column {column}", what, "E315", hint)


def _metrics(sheet: Sheet) -> Iterator[Problem]:
    """Columns by which the units of a variant are told again, once a metric."""
    for at, column in enumerate(sheet.columns[1:], 1):
        groups = _retold(sheet, at)
        same, named = all(map(_is_alike, groups)), METRIC.fullmatch(bare_words(column)) is not None
        segment = column in sheet.mapped and not any(map(_tells_macro, groups))
        if groups and (named or (same and len(groups) > 1 and not segment)):
            values = _listed(dict.fromkeys(repr(value) for value, _ in groups[0]))
            told = f"the same {sheet.counted[0]}" if same else "one row for each"
            what = f"one row for each variant and {column} ({values}), with {told}"
            hint = "one column per metric, one row per variant"
            if column not in sheet.mapped and not named:
                hint += f"; or, if its values are parts of the units, {_as_parts(sheet)}"
            yield Problem(f"column {column}", what, "E315", hint)


def _retold(sheet: Sheet, at: int) -> list[_Rows]:
    """Rows that only one column tells apart; none where it is of time or some have no units."""
    groups = [one for one in _by_others(sheet, at).values() if len({v for v, _ in one}) > 1]
    whole = all(units for rows in groups for _, units in rows)
    return groups if whole and sheet.columns[at] not in sheet.dated else []


def _as_parts(sheet: Sheet) -> str:
    return "add it to [segments]" if sheet.arms else "call it segment"


def _is_alike(rows: _Rows) -> bool:
    """Whether all rows have the same units."""
    return len({units for _, units in rows}) == 1


def _tells_macro(rows: _Rows) -> bool:
    """Whether a value is called like a macro goal."""
    return any(says(value or "", MACRO) for value, _ in rows)


def _repeats(sheet: Sheet) -> Iterator[Problem]:
    """Labels that stand in several rows."""
    rows: dict[Labels, list[int]] = defaultdict(list)
    for number, labels in enumerate(sheet.labels, 1):
        rows[labels].append(number)
    for labels, numbers in rows.items():
        if len(numbers) > 1 and labels[0] is not None:
            times = "twice" if len(numbers) == 2 else f"{len(numbers)} times"
            shown = _listed(map(str, numbers[:5])) + ", ..." * (len(numbers) > 5)
            what = f"{_said(labels)} stands {times} (rows {shown} of the data)"
            hint = "keep one of the rows, or a column with the day or segment that tells them apart"
            yield Problem(f"column {sheet.columns[0]}", what, "E315", hint)
            return


def _told_again(sheet: Sheet) -> Iterator[Problem]:
    """Parts of which two sets are all the units each, such as devices below countries."""
    for at, column in enumerate(sheet.columns):
        if at == 0 or column in sheet.dated:
            continue
        parts: dict[str | None, dict[str | None, list[float]]] = {}
        for labels, counts in zip(sheet.labels, sheet.counts, strict=True):
            of = parts.setdefault(labels[at], {}).setdefault(labels[0], [0.0] * len(counts))
            of[:] = [one + more for one, more in zip(of, counts, strict=True)]
        if (first := _first_whole(sheet, list(parts.values()))) and len(sheet.counted) > 1:
            told, again = tuple(parts)[:first], tuple(parts)[first:]
            what = f"the same units twice in {column}: {_said(told)} add up to {_said(again)}"
            yield Problem(f"column {column}", what, "E315", "keep the rows of one of them")
            return


def _first_whole(sheet: Sheet, parts: Sequence[dict[str | None, list[float]]]) -> int:
    """How many of the first values add up to each further set of values; 0 where none do."""
    arms = list(dict.fromkeys(labels[0] for labels in sheet.labels))
    wide = len(sheet.counted)
    vectors = [[one for arm in arms for one in of.get(arm, [0.0] * wide)] for of in parts]
    sums = [[*accumulate(column)] for column in zip(*vectors, strict=True)]
    rows = [list(row) for row in zip(*sums, strict=True)]
    return next((at for at in range(1, len(rows) // 2 + 1) if _is_whole(rows, at)), 0)


def _is_whole(sums: Sequence[list[float]], at: int) -> bool:
    """Whether what the first values add up to is reached again and again, and last at the end."""
    first = sums[at - 1]
    times = round(sums[-1][0] / first[0]) if first[0] else 0
    again = [[told * one for one in first] for told in range(2, times + 1)]
    ends = bool(again) and sums[-1] == again[-1] and len(sums) >= 2 * times
    return ends and all(one in sums for one in again)


def _stands(sheet: Sheet, axis: Sequence[int]) -> dict[Labels, list[_Group]]:
    """Counts of a value of these columns and of all others, for each setting of the rest."""
    cells: dict[Labels, dict[Labels, list[float]]] = defaultdict(dict)
    for labels, counts in zip(sheet.labels, sheet.counts, strict=True):
        rest = tuple(one for at, one in enumerate(labels) if at not in axis)
        value = tuple(labels[at] for at in axis)
        known = cells[rest].setdefault(value, [0.0] * len(counts))
        for at, count in enumerate(counts):
            known[at] += count
    found: dict[Labels, list[_Group]] = defaultdict(list)
    for group in cells.values():
        sums = [sum(column) for column in zip(*group.values(), strict=True)]
        for value, own in group.items():
            if len(group) > 1:
                others = tuple(total - mine for total, mine in zip(sums, own, strict=True))
                found[value].append(_Group(tuple(own), others, len(group) - 1))
    return found


def _by_others(sheet: Sheet, at: int) -> dict[Labels, _Rows]:
    """Value of a column and units of every row, by the labels in the other columns."""
    groups: dict[Labels, _Rows] = defaultdict(list)
    for labels, counts in zip(sheet.labels, sheet.counts, strict=True):
        groups[labels[:at] + labels[at + 1 :]].append((labels[at], counts[0]))
    return groups


def _equal(groups: Collection[_Group], *, like: bool) -> bool:
    """Whether a value equals the rest everywhere; by several counts unless it is called so."""
    if not groups or not all(map(_close, groups)):
        return False
    positive = max(sum(count > 0 for count in one.own) for one in groups)
    return positive > 0 and (like or (positive > 1 and max(one.values for one in groups) > 1))


def _close(group: _Group) -> bool:
    pairs = zip(group.own, group.others, strict=True)
    return all(abs(a - b) <= 1e-9 * max(abs(a), abs(b)) for a, b in pairs)


def _axes(columns: int) -> Iterator[tuple[int, ...]]:
    sizes = range(1, columns + 1) if columns <= WAYS else (1, columns)
    for size in sizes:
        yield from combinations(range(columns), size)


def is_total_like(value: str | None) -> bool:
    """Whether a value is empty, or called like a sum of others."""
    return value is None or value.strip() == "" or TOTAL.fullmatch(bare_words(value)) is not None


def part_of_total(text: str) -> str | None:
    """The words of the label whose rows a row adds up by its name; None where it does not say so.

    >>> part_of_total("A Total"), part_of_total("Summe von Neu"), part_of_total("Grand Total")
    ('a', 'neu', None)
    """
    found = None if is_total_like(text) else PART.fullmatch(bare_words(text))
    return None if found is None else found["after"] or found["before"]


def bare_words(text: str) -> str:
    """The words of a label in small letters, without signs."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _said(labels: Labels) -> str:
    return _listed("an empty cell" if one is None else repr(one) for one in labels)


def _shown(sheet: Sheet, counts: Sequence[float]) -> str:
    return _listed(
        f"{name} {count:,.10g}" for name, count in zip(sheet.counted, counts, strict=True)
    )


def _listed(parts: Collection[str] | Iterator[str] | map[str]) -> str:
    return ", ".join(parts)
