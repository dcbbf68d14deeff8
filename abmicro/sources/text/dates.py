"""How dates are written: whether the day or the month stands first.

The cells of a whole column choose: one form must read every one of them, and where two forms read
them as different days nothing is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date

from abmicro.frozen import frozen
from abmicro.sources.text.numerals import Doubt, plain

CELL = re.compile(
    r"(?P<a>[0-9]{1,4})(?P<sign>[-/.])(?P<b>[0-9]{1,2})(?P=sign)(?P<c>[0-9]{1,4})"
    r"(?:(?P<gap>T|,? )(?P<clock>[0-9]{1,2}:[0-9]{2}(?P<s>:[0-9]{2}(?P<f>\.[0-9]{1,9})?)?)"
    r"(?P<half> ?[AaPp][Mm])?(?P<zone> ?(?:Z|UTC|[-+][0-9]{2}(?::?[0-9]{2})?))?)?"
)
ISO = re.compile(
    r"\s*[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?![0-9])(?!.*[0-9] ?[AaPp][Mm]\s*$).*", re.DOTALL
)
ORDERS = {"year": ("%Y", "%m", "%d"), "day": ("%d", "%m", "%Y"), "month": ("%m", "%d", "%Y")}
DAY_AND_MONTH = ("day", "month")


@frozen
class Dates:
    """One form of dates.

    first: what stands first: `year`, `day` or `month`. sign: what stands between.
    clocks: the endings in which times of the day are written, as `strptime` says it.

    >>> Dates("day", ".", (" %H:%M",)).formats
    ('%d.%m.%Y %H:%M',)
    """

    first: str
    sign: str
    clocks: tuple[str, ...] = ("",)

    @property
    def formats(self) -> tuple[str, ...]:
        """The formats in which every cell is written."""
        return tuple(self.sign.join(ORDERS[self.first]) + clock for clock in self.clocks)


def dates(
    cells: Iterable[str],
    *,
    day_first: bool | None = None,
    between: tuple[date, date] | None = None,
) -> Dates | Doubt:
    """The one form in which dates are written, or why there is none.

    cells: those of a whole column, or one of each day and shape. day_first: what the owner of the
        data has said. between: first and last day that can be, which settles what is left open.

    >>> dates(["09/01/2026", "09/13/2026"])
    Dates(first='month', sign='/', clocks=('',))
    >>> dates(["09/01/2026"]).what
    "'09/01/2026' is 9 January 2026 or 1 September 2026"
    """
    texts = sorted({plain(cell) for cell in cells})
    odd = next((text for text in texts if not CELL.fullmatch(text)), None)
    if odd is not None:
        hint = "write 2026-09-01 10:00:00, or say with time_format in [data] how it is written"
        return Doubt(odd, f"{odd!r} is no date that can be read", hint)
    for share in (_form, _half, _zoned):
        forms = {share(text): text for text in texts if share(text) is not None}
        if len(forms) > 1:
            return _mixed(*list(forms.values())[:2])
    by_year, sign = _form(texts[0])
    fitting = [one for one in _orders(by_year, day_first) if all(_day(t, one) for t in texts)]
    if not fitting:
        return _misfit(texts, by_year, day_first)
    chosen = _chosen(texts, fitting, between)
    clocks = tuple(sorted({_clock(text) for text in texts}, reverse=True))
    return chosen if isinstance(chosen, Doubt) else Dates(chosen, sign, clocks)


def _orders(by_year: bool, day_first: bool | None) -> tuple[str, ...]:
    if by_year:
        return ("year",)
    return DAY_AND_MONTH if day_first is None else ("day" if day_first else "month",)


def _chosen(
    texts: Sequence[str], fitting: Sequence[str], between: tuple[date, date] | None
) -> str | Doubt:
    """The reading that is left; a doubt where two are that differ."""
    differing = [t for t in texts if len({_day(t, one) for one in fitting}) > 1]
    if not differing:
        return fitting[0]
    if between is not None:
        low, high = between
        inside = [one for one in fitting if all(low <= _known(t, one) <= high for t in texts)]
        if len(inside) == 1:
            return inside[0]
    shown = " or ".join(_shown(_known(differing[0], one)) for one in fitting)
    hint = "write day_first = true or day_first = false in [data]"
    return Doubt(differing[0], f"{differing[0]!r} is {shown}", hint)


def _form(text: str) -> tuple[bool, str]:
    """Whether the year stands first, and the sign between."""
    found = _parts(text)
    return len(found["a"]) == len("2026"), found["sign"]


def _half(text: str) -> bool | None:
    """Whether the clock has twelve hours; None without a clock."""
    found = _parts(text)
    return found["half"] is not None if found["clock"] else None


def _zoned(text: str) -> bool | None:
    """Whether the clock tells an offset in figures; None without a clock."""
    found = _parts(text)
    return (found["zone"] or "").strip()[:1] in {"+", "-"} if found["clock"] else None


def _clock(text: str) -> str:
    """How the time of the day is written."""
    found = _parts(text)
    if not found["clock"]:
        return ""
    hour = "%I" if found["half"] else "%H"
    seconds = (":%S" if found["s"] else "") + (_fraction(found["f"]) if found["f"] else "")
    half = found["half"] or ""
    blank = " " if half.startswith(" ") else ""
    ending = f"{blank}%p" if half else ""
    zone = re.sub(r"[-+][0-9:]+", "%z", found["zone"] or "")
    return f"{found['gap']}{hour}:%M{seconds}{ending}{zone}"


def _fraction(digits: str) -> str:
    return ".%f" if len(digits) <= len(".123456") else ".%n"


def _parts(text: str) -> dict[str, str]:
    found = CELL.fullmatch(text)
    return found.groupdict() if found else {}


def _day(text: str, first: str) -> date | None:
    """The day of a cell in an order; None where there is no such day."""
    found = _parts(text)
    numbers = dict(zip(ORDERS[first], (found["a"], found["b"], found["c"]), strict=True))
    if len(numbers["%Y"]) != len("2026"):
        return None
    try:
        return date(int(numbers["%Y"]), int(numbers["%m"]), int(numbers["%d"]))
    except ValueError:
        return None


def _known(text: str, first: str) -> date:
    return _day(text, first) or date.min


def _shown(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _mixed(one: str, other: str) -> Doubt:
    what = f"{one!r} and {other!r} are not written in one way"
    return Doubt(one, what, "write all dates of a column in one way")


def _misfit(texts: Sequence[str], by_year: bool, day_first: bool | None) -> Doubt:
    """No order reads every cell: one that does not fit, or two that exclude each other."""
    orders = _orders(by_year, day_first)
    odd = [next(text for text in texts if not _day(text, one)) for one in orders]
    if len(odd) == len(DAY_AND_MONTH) and odd[0] != odd[1]:
        return _mixed(*odd)
    if day_first is not None and not by_year:
        said = str(day_first).lower()
        what = f"{odd[0]!r} is no date with day_first = {said}"
        return Doubt(odd[0], what, "drop day_first from [data]")
    return Doubt(
        odd[0], f"{odd[0]!r} is no date", "write the year with four digits, e.g. 2026-09-01"
    )
