"""Numbers as people read them: the only place where a number is rounded.

It lies below `analysis` and `report` since the sentences of the one and the tables of the other
must show the same digits. Signs are plain ASCII here; a renderer may typeset them.
"""

from __future__ import annotations

from math import floor, inf, isfinite, isinf, isnan, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from typing import Protocol

    from abmicro.analysis.results import Interval

    class _Signed(Protocol):
        def __call__(self, value: float, *, width: float = ...) -> str: ...


MISSING = "n/a"
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}


def count(value: float) -> str:
    """A whole number with thousands separators.

    >>> count(64000), count(float("nan"))
    ('64,000', 'n/a')
    """
    return MISSING if isnan(value) else f"{value:,.0f}"


def rate(value: float) -> str:
    """A share as percent with three significant digits, at least one and at most five decimals.

    >>> rate(0.1828), rate(0.0057), rate(0.0), rate(1.0)
    ('18.3%', '0.570%', '0.0%', '100.0%')
    """
    return MISSING if isnan(value) else f"{100 * value:.{_decimals(100 * value)}f}%"


def share(interval: Interval) -> str:
    """A share with its range, in the digits that the range justifies; a dash where none is known.

    >>> from abmicro.analysis.results import Interval
    >>> share(Interval(0.299, 0.276, 0.323, 0.95)), share(Interval(0.0006, 1e-7, 0.0027, 0.95))
    ('29.9% (27.6% to 32.3%)', '0.06% (0.00% to 0.27%)')
    """
    if isnan(interval.estimate):
        return "-"
    if isnan(interval.low):
        return rate(interval.estimate)
    width = 100 * (interval.high - interval.low)
    decimals = _decimals(width, digits=2, least=0)
    estimate, low, high = (
        f"{100 * value:.{decimals}f}%" for value in (interval.estimate, interval.low, interval.high)
    )
    return f"{estimate} ({low} to {high})"


def percent(value: float, *, width: float = inf) -> str:
    """A signed relative change; `width` of its interval says how many digits are justified.

    >>> percent(0.7213), percent(0.0123, width=0.004), percent(float("inf"))
    ('+72%', '+1.23%', '+inf%')
    """
    return _signed(100 * value, "%", 100 * width)


def points(value: float, *, width: float = inf) -> str:
    """A signed difference of two rates in percentage points.

    >>> points(0.0766, width=0.013)
    '+7.7 pp'
    """
    return _signed(100 * value, " pp", 100 * width)


def amount(value: float, *, width: float = inf) -> str:
    """A signed difference of means, or of conversions per 1,000 units.

    >>> amount(0.7698, width=0.6)
    '+0.77'
    """
    return _signed(value, "", width)


def ratio(value: float, *, width: float = inf) -> str:
    """A ratio, with the digits that the width of its interval justifies.

    >>> ratio(0.537, width=0.98), ratio(17.23, width=15), ratio(-0.59, width=0.8)
    ('0.54', '17', '-0.59')
    """
    return amount(value, width=width).removeprefix("+")


def mean(value: float) -> str:
    """A mean value per unit with four significant digits.

    >>> mean(1.42262), mean(5001.2)
    ('1.423', '5,001')
    """
    if isnan(value):
        return MISSING
    return f"{value:,.{_decimals(value, digits=4, least=0)}f}"


def lift(interval: Interval) -> str:
    """A lift with its interval.

    >>> from abmicro.analysis.results import Interval
    >>> lift(Interval(0.721, 0.643, 0.805, 0.95)), lift(Interval(0.12, -0.0037, 0.26, 0.95))
    ('+72% (64% to 80%)', '+12% (-0.4% to 26%)')
    """
    return _with_ends(interval, percent)


def difference(interval: Interval) -> str:
    """A difference of rates with its interval, in percentage points.

    >>> from abmicro.analysis.results import Interval
    >>> difference(Interval(0.0766, 0.0701, 0.0831, 0.95))
    '+7.7 pp (7.0 pp to 8.3 pp)'
    """
    return _with_ends(interval, points)


def change(interval: Interval) -> str:
    """A difference of means, or of conversions per 1,000 units, with its interval.

    >>> from abmicro.analysis.results import Interval
    >>> change(Interval(6.81, 5.02, 8.60, 0.95))
    '+6.8 (5.0 to 8.6)'
    """
    return _with_ends(interval, amount)


def asked(value: float) -> str:
    """A lift that was asked for, as it was written, without its sign.

    >>> asked(0.05), asked(-0.125)
    ('5%', '12.5%')
    """
    return f"{abs(100 * value):.3g}%"


def per_1000(share: float) -> str:
    """A share as so many of 1,000, with a decimal below 100.

    >>> per_1000(0.311), per_1000(0.0272), per_1000(float("nan"))
    ('311', '27.2', 'n/a')
    """
    if isnan(share):
        return MISSING
    return f"{1000 * share:.{0 if share >= 0.0995 else 1}f}"


def per_100(share: float) -> str:
    """A share as so many of 100.

    >>> per_100(0.0683), per_100(0.35)
    ('6.8', '35.0')
    """
    return MISSING if isnan(share) else f"{100 * share:.1f}"


def volume(value: float, *, width: float = inf) -> str:
    """A signed number of conversions, rounded to tens and hundreds where its range is wide.

    One digit stays, however wide the range is.

    >>> volume(6.81, width=3.6), volume(341.2, width=180), volume(-0.04, width=9), volume(38512.0)
    ('+6.8', '+340', '-0.04', '+38,512')
    >>> volume(34.1, width=98_000)
    '+30'
    """
    whole = 0 if isinf(width) or isnan(width) or width < 1 else max(floor(log10(width)) - 1, 0)
    if whole and isfinite(value) and value:
        value = round(value, -min(whole, max(floor(log10(abs(value))), 0)))
    return _signed(value, "", width)


def price(value: float, currency: str) -> str:
    """A mean amount in a currency, with two decimals below 1,000 and more below 0.1.

    >>> price(1.42262, "USD"), price(5001.2, "EUR"), price(0.01234, "CHF"), price(-3.5, "GBP")
    ('$1.42', '€5,001', 'CHF 0.012', '-£3.50')
    """
    size = abs(value)
    decimals = 2 if size >= 0.1 or not size else _decimals(size, digits=2)
    sign = SIGNS.get(currency, f"{currency} ")
    return f"{'-' if value < 0 else ''}{sign}{size:,.{0 if size >= 1000 else decimals}f}"


def money(value: float, currency: str, *, width: float = inf) -> str:
    """A signed amount in a currency, rounded like a volume.

    >>> money(38512, "USD", width=28400), money(-3.5, "CHF", width=2)
    ('+$39,000', '-CHF 3.5')
    """
    shown = volume(value, width=width)
    if shown == MISSING or "inf" in shown:
        return shown
    sign = shown[0] if shown[0] in "+-" else ""
    return f"{sign}{SIGNS.get(currency, currency + ' ')}{shown.lstrip('+-')}"


def span(interval: Interval, show: _Signed, *, signed: bool = False) -> str:
    """The ends of an interval in words; signs of gains only where they are asked for.

    Beneath the loss of everything, -100%, an end says that any fall is possible, and is not told.
    A range without ends says so.

    >>> from abmicro.analysis.results import Interval
    >>> span(Interval(0.119, 0.077, 0.171, 0.95), percent, signed=True)
    '+7.7% to +17.1%'
    >>> span(Interval(10.5, -8.85, 44.1, 0.95), percent), span(Interval(2, 1, inf, 0.95), amount)
    ('4,410% or less', '1.0 or more')
    >>> span(Interval(10.5, -8.85, inf, 0.95), percent), span(Interval(2, -inf, inf, 0.9), amount)
    ('not bounded', 'not bounded')
    """
    width = interval.high - interval.low
    ends = [show(end, width=width) for end in (interval.low, interval.high)]
    if any(end == MISSING for end in ends):
        return MISSING
    low, high = ends if signed else (end.removeprefix("+") for end in ends)
    beneath = show is percent and interval.low < -1 <= min(interval.estimate, interval.high)
    if beneath or isinf(interval.low):
        return "not bounded" if isinf(interval.high) else f"{high} or less"
    return f"{low} or more" if isinf(interval.high) else f"{low} to {high}"


def p_value(value: float) -> str:
    """A p-value, exact down to 0.001.

    >>> p_value(0.03149), p_value(2e-9), p_value(0.5)
    ('0.031', '<0.001', '0.500')
    """
    if isnan(value):
        return MISSING
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def p_equals(value: float) -> str:
    """A p-value with its sign, to stand behind a "p".

    >>> p_equals(0.03149), p_equals(2e-9)
    ('= 0.031', '< 0.001')
    """
    shown = p_value(value)
    return f"< {shown[1:]}" if shown.startswith("<") else f"= {shown}"


def probability(value: float) -> str:
    """A probability as percent that never claims certainty.

    >>> probability(0.9784), probability(0.99999), probability(0.00001)
    ('97.8%', '>99.9%', '<0.1%')
    """
    if isnan(value):
        return MISSING
    if value > 0.999:
        return ">99.9%"
    return "<0.1%" if value < 0.001 else f"{100 * value:.1f}%"


def decimal(value: float) -> str:
    """A correlation, a ratio or another pure number.

    >>> decimal(0.14471), decimal(-1.5), decimal(1234.56), decimal(float("nan"))
    ('0.14', '-1.50', '1,234.56', 'n/a')
    """
    return MISSING if isnan(value) else f"{value:,.2f}"


def parameter(value: float) -> str:
    """A parameter of a law with four significant digits, whole from 1,000 on.

    >>> parameter(0.5), parameter(281.3), parameter(0.02966), parameter(12345.6)
    ('0.5', '281.3', '0.02966', '12,346')
    """
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"


def cost(value: float) -> str:
    """A loss that a choice risks on average, in two digits.

    >>> cost(0.274), cost(1431.0), cost(4.2e-15), cost(0.0)
    ('0.27', '1,400', 'less than 0.001', '0')
    """
    return "less than 0.001" if 0 < value < 0.001 else parameter(float(f"{value:.2g}"))


def level(value: float) -> str:
    """A confidence level.

    >>> level(0.95), level(0.975), level(1 - 0.05 / 3)
    ('95%', '97.5%', '98.3%')
    """
    return MISSING if isnan(value) else f"{100 * value:.1f}".removesuffix(".0") + "%"


def day(value: date, beside: date) -> str:
    """A day in words, with its year where that is another than that of the day beside it.

    >>> from datetime import date
    >>> day(date(2026, 11, 9), date(2026, 10, 8)), day(date(2027, 1, 4), date(2026, 10, 8))
    ('9 November', '4 January 2027')
    """
    return f"{value.day} {value:%B}" + ("" if value.year == beside.year else f" {value.year}")


def hours(value: float) -> str:
    """A time since exposure in begun hours, in days from two on.

    >>> hours(0), hours(5), hours(60), hours(float("nan"))
    ('<1 h', '5 h', '2.5 days', 'n/a')
    """
    if isnan(value):
        return MISSING
    if value < 1:
        return "<1 h"
    return f"{value:.0f} h" if value < 48 else f"{value / 24:.1f} days"


def weeks(value: float) -> str:
    """A time in whole weeks, in years from two on.

    >>> weeks(1), weeks(5.0), weeks(530), weeks(3e9), weeks(inf)
    ('1 week', '5 weeks', '10 years', '57,494,867 years', 'for ever')
    """
    if isnan(value):
        return MISSING
    if isinf(value):
        return "for ever"
    if value >= 104:
        return f"{value * 7 / 365.25:,.0f} years"
    return "1 week" if value == 1 else f"{value:,.0f} weeks"


def about(value: float) -> str:
    """A whole number of which only the size matters: three digits of it.

    >>> about(435836), about(998), about(2820.4), about(float("nan"))
    ('436,000', '998', '2,820', 'n/a')
    """
    if not isfinite(value):
        return MISSING
    digits = 3 - len(f"{abs(value):.0f}")
    return f"{round(value, min(digits, 0)):,.0f}"


def duration(days: float) -> str:
    """A time to wait in the largest unit that leaves more than one of them.

    >>> duration(9), duration(60), duration(509), duration(9000), duration(inf)
    ('9 days', '9 weeks', '17 months', '25 years', 'for ever')
    """
    if isinf(days):
        return "for ever"
    if days < 15:
        return f"{days:,.0f} day{'' if round(days) == 1 else 's'}"
    if days < 120:
        return f"{days / 7:,.0f} weeks"
    return f"{days / 30.4375:,.0f} months" if days < 1000 else f"{days / 365.25:,.0f} years"


def _with_ends(interval: Interval, one: _Signed) -> str:
    if isnan(interval.estimate) and isnan(interval.low) and isnan(interval.high):
        return MISSING
    width = interval.high - interval.low
    estimate = one(interval.estimate, width=width)
    return f"{estimate} ({span(interval, one)})"


def _signed(value: float, unit: str, width: float) -> str:
    """A signed number; on which side of zero it lies shows even where the digits would hide it.

    What is zero in these digits too bears no sign.
    """
    if isnan(value):
        return MISSING
    if isinf(value):
        return f"{'+' if value > 0 else '-'}inf{unit}"
    justified = width if isfinite(width) and width > 0 else abs(value)
    decimals = _decimals(justified, digits=2, least=0)
    if 0 < abs(value) < 0.5 * 10**-decimals:
        decimals = _decimals(value, digits=1, least=decimals, most=decimals + 3)
    text = f"{value:+,.{decimals}f}"
    return (text if float(text.replace(",", "")) else text[1:]) + unit


def _decimals(value: float, *, digits: int = 3, least: int = 1, most: int = 5) -> int:
    """Decimals that show so many significant digits of the value."""
    if value == 0 or not isfinite(value):
        return least
    return min(most, max(least, digits - 1 - floor(log10(abs(value)))))
