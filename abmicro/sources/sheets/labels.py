"""What the columns of text in a sheet are: of variants, days, segments, or of nothing known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from abmicro.errors import Problem, SourceError
from abmicro.frozen import frozen
from abmicro.sources import vocabulary
from abmicro.sources.sheets.columns import Columns, SheetColumn, is_time, named
from abmicro.sources.sheets.double_counts import is_total_like
from abmicro.sources.text.dates import CELL, ISO, dates
from abmicro.sources.text.numerals import Doubt

MOST_LEVELS = 50
PARTS = (
    *("segment", "device", "country", "browser", "channel", "source", "platform", "os", "language"),
    *("region", "city", "market", "store", "shop", "audience", "gender", "age", "user", "visitor"),
    *("customer", "traffic", "category", "brand", "gerät", "land", "kanal", "quelle", "stadt"),
    *("sprache", "pays", "appareil", "canal", "país", "dispositivo", "paese", "enhet", "kilde"),
)
"""Words in the names of columns that part the units."""
JOINED = re.compile(r"(?P<test>.+?)[\s_:/|-]+(?P<arm>\w+)")
"""A test and a variant in one name."""
ALIKE = 0.7
"""Share of the largest variant that the smallest one of a test has."""
DEVICES = re.compile(rf"\b({'|'.join(vocabulary.DEVICES)})\b[\s_-]*", re.I)
TESTS = (
    *("experiment", "test", "campaign", "kampagne", "test name", "experiment name", "study"),
    *("experiment id", "test id", "campaign id", "feature", "feature flag", "flag"),
)


STRANGE = re.compile(
    r"(last|previous|prior) (day|week|month|year|period)|outside .*|excluded|unassigned|unexposed|"
    r"not (in|exposed|assigned|bucketed|enrolled|included|allocated)\b.*|"
    r"unallocated|unknown|undefined|others?|rest|bots?|benchmark|ausgeschlossen|vorwoche|vormonat|"
    r"both|multiple|mixed|(both|multiple|mixed|several) (variants|variations|arms|groups)|beide|"
    r"sonstige[rs]?|nicht (im test|zugeordnet|zugeteilt)|non attribu[eé]s?|no (asignad[oa]s?)|"
    r"vorjahr|autres?|otros|altri|target|goal|plan|planned|expected|needed|required|forecast|soll"
)
"""Rows beside variants that may be something else."""


@frozen
class LabelColumns:
    """The columns of labels by what they are.

    period: of days. segments: of parts of the units. apart: told rows apart, and nothing else.
    test: name of the one test that the sheet is of, where it tells. notes: what was set aside.
    """

    variant: SheetColumn
    period: SheetColumn | None
    segments: tuple[SheetColumn, ...]
    apart: tuple[SheetColumn, ...]
    test: str | None
    notes: tuple[str, ...]

    @property
    def all(self) -> Columns:
        """All that tell rows apart, the variant's first."""
        period = () if self.period is None else (self.period,)
        return (self.variant, *period, *self.segments, *self.apart)


def labels_of(columns: Columns) -> LabelColumns:
    """The labels among the columns.

    Raises SourceError where no column is of variants, or the sheet is of several tests.
    """
    labels = [column for column in columns if not column.is_number]
    days = [column for column in labels if _is_days(column)]
    dated = [one for one in labels if one in days or is_time(one.name)]
    name = _variant_among(labels, days, dated)
    if name is None:
        raise _no_variant(labels)
    found = LabelColumns(named(columns, name), next(iter(days), None), (), (), None, ())
    for column in labels:
        if column.name != name and column is not found.period:
            found = _with(found, column, dated)
    return found


def _variant_among(
    labels: Sequence[SheetColumn], days: Sequence[SheetColumn], dated: Sequence[SheetColumn]
) -> str | None:
    """The column of variants; one that is left over is it, if it is no part of the units."""
    levels = {one.name: _levels(one) for one in labels if one not in days}
    told = vocabulary.variant_among(levels, sure=True)
    called = [one for one in labels if vocabulary.is_variant_name(one.name)]
    parts = [one for one in labels if one in dated or vocabulary.says(one.name, PARTS)]
    left = [one.name for one in called or labels if one not in parts and one.name in levels]
    return told or vocabulary.variant_among({name: levels[name] for name in left})


def _no_variant(labels: Sequence[SheetColumn]) -> SourceError:
    for one in labels:
        if vocabulary.is_variant_name(one.name) and len(set(_levels(one))) == 1:
            what = f"column {one.name!r} names one variant, {_levels(one)[0]}"
            hint = "give the rows of the others too: a test compares two at least"
            return SourceError(Problem("data.source", what, "E336", hint))
    told = ", ".join(repr(one.name) for one in labels) or "none"
    what = f"no column tells the variants; columns of text: {told}"
    hint = "call one of them variant, with two to 26 names below"
    return SourceError(Problem("data.source", what, "E336", hint))


def _with(found: LabelColumns, column: SheetColumn, dated: Sequence[SheetColumn]) -> LabelColumns:
    levels, name = _levels(column), column.name
    told = f"{name} set aside: "
    if vocabulary.best([name], TESTS) and len(set(levels)) > 1:
        what = f"several tests in one sheet: {', '.join(sorted(set(levels)))}"
        hint = "keep the rows of one test"
        raise SourceError(Problem("data.source", what, "E339", hint))
    if len(set(levels)) == 1 and len(column.filled) == len(column.cells):
        is_name = vocabulary.best([name], TESTS) is not None
        test = levels[0] if is_name else found.test
        return replace(found, test=test, notes=(*found.notes, f"{told}{levels[0]} in every row"))
    if column in dated:
        notes = (*found.notes, *_why_no_days(column))
        return replace(found, apart=(*found.apart, column), notes=notes)
    if _follows(found.variant, column):
        return replace(found, notes=(*found.notes, f"{told}it says more of each variant"))
    if len(set(levels)) <= MOST_LEVELS:
        return replace(found, segments=(*found.segments, column))
    notes = (*found.notes, f"{name} has {len(set(levels))} values, so it is no segment")
    return replace(found, apart=(*found.apart, column), notes=notes)


def _levels(column: SheetColumn) -> list[str]:
    """Its values that are not called a total."""
    return [one for one in column.texts if one and not is_total_like(one)]


def _follows(variant: SheetColumn, column: SheetColumn) -> bool:
    """Whether a variant always stands with the same value, and another with another one."""
    pairs = {(arm, one) for arm, one in zip(variant.texts, column.texts, strict=True) if one}
    return len({arm for arm, _ in pairs}) == len(pairs) == len({one for _, one in pairs})


def _why_no_days(column: SheetColumn) -> Iterator[str]:
    """Why days are not read, where a column holds such."""
    cells = _levels(column)
    if cells and all(map(CELL.fullmatch, cells)) and isinstance(doubt := dates(cells), Doubt):
        yield f"{column.name} is not read as days: {doubt.what}"


def _is_days(column: SheetColumn) -> bool:
    """Whether its cells are days that can be read in one way, totals apart."""
    cells = _levels(column)
    if not cells or not all(ISO.fullmatch(one) or CELL.fullmatch(one) for one in cells):
        return False
    return all(map(ISO.fullmatch, cells)) or not isinstance(dates(cells), Doubt)


def refuse_names(variant: str, arms: Sequence[str]) -> None:
    """Raise SourceError for variants that differ in letters or blanks alone, or may be none."""
    alike: dict[str, str] = {}
    for arm in arms:
        other = alike.setdefault("".join(arm.casefold().split()), arm)
        if other != arm:
            what = f"column {variant!r} names {other!r} and {arm!r}: one variant or two"
            hint = "write the names of one variant alike, and those of two more differently"
            raise SourceError(Problem("data.source", what, "E675", hint))
    strange = next((arm for arm in arms if STRANGE.fullmatch(vocabulary.words(arm))), None)
    if strange is not None and len(arms) > 2:
        what = f"{strange!r} among the variants may be none of them"
        hint = "delete the row, or give it another name"
        raise SourceError(Problem("data.source", what, "E675", hint))
    _refuse_devices(arms)


def refuse_tests(variant: str, units: Mapping[str, int]) -> None:
    """Raise SourceError for variants of several tests: Hero A, Hero B, Teaser A, Teaser B.

    units: of each variant. Those of one test are alike in size, those of two tests are not.
    """
    tests: dict[str, dict[str, int]] = {}
    for arm, count in units.items():
        found = JOINED.fullmatch(arm)
        if found is None:
            return
        tests.setdefault(found["test"], {})[found["arm"]] = count
    arms = {tuple(sorted(one)) for one in tests.values()}
    if len(tests) < 2 or len(arms) > 1 or not any(map(vocabulary.is_control, min(arms))):
        return
    sizes = sorted((min(one.values()), max(one.values())) for one in tests.values())
    within = all(low > ALIKE * high for low, high in sizes)
    if within and len(min(arms)) > 1 and sizes[0][1] < ALIKE * sizes[-1][0]:
        what = f"column {variant!r} names the variants of several tests: {', '.join(tests)}"
        hint = "keep the rows of one test"
        raise SourceError(Problem("data.source", what, "E339", hint))


def _refuse_devices(arms: Sequence[str]) -> None:
    """Raise SourceError for variants that are alike but for the device in their names."""
    bare = {arm: DEVICES.sub("", arm).strip() for arm in arms}
    if len(arms) > len({*bare.values()}) > 1:
        (usual, _), *_ = Counter(bare.values()).most_common(1)
        first, second, *_ = (arm for arm in arms if bare[arm] == usual)
        what = f"{first!r} and {second!r} may be parts of one variant"
        hint = "write the part in a column of its own"
        raise SourceError(Problem("data.source", what, "E675", hint))
