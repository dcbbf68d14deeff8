"""Which column of a sheet counts the units, and which columns are counts of what they did."""

from __future__ import annotations

import re
from itertools import combinations, product

from abmicro.errors import Problem, SourceError
from abmicro.sources import vocabulary
from abmicro.sources.sheets.columns import Columns, SheetColumn
from abmicro.sources.sheets.double_counts import is_total_like

DOING = (*vocabulary.MACRO, *vocabulary.MICRO)
AMOUNTS = (
    *(word for word in vocabulary.VALUE if word not in {"sales", "value"}),
    *("order total", "basket total", "cart total", "refund"),
)
UNIQUE = (
    *("unique", "uniq", "eindeutige", "einmalige", "único", "unico", "unici", "unieke", "unika"),
    *("unikke", "unikalni", "unikátní", "jedinečné", "jedinečný", "уникальные", "унікальні"),
    *("tekil", "yksilölliset"),
)
TURNOVER = "ca"
"""Chiffre d'affaires."""
COUNTING = re.compile(
    r"\b(n|nb|nr|no|num|number|anzahl|count|nombre|total|all|of|de|der|the|"
    rf"{'|'.join(UNIQUE)}) +| ({'|'.join(UNIQUE)})s?$"
)
NUMBER_OF = re.compile(r"^(no|nr) (of|der) ")
NUMBERED = re.compile(
    r"(.* )?(id|nr|no|number|index|position|rank|row|zeile|#)|"
    r"(.* )?(ci|ki|lower|upper|confidence interval|konfidenzintervall)( \d+)?"
    r"( (low|high|lower|upper|min|max|bound|limit))*|"
)
"""Names of numbers that tell of a row, or how sure its others are."""
HUNDRED = 100
AVERAGE = (
    *("avg", "average", "mean", "median", "per", "durchschnitt", "durchschnittlich", "mittlere"),
    *("moyen", "moyenne", "promedio", "duration", "dauer", "seconds", "minutes", "aov", "ms"),
    *("time on page", "time on site", "time to", "load time", "loading time", "dwell time"),
    *("session time", "verweildauer", "ladezeit", "rpv", "rpu", "arpu", "arppu", "panier moyen"),
    *("ltv", "clv", "cpa", "cpc", "cpm", "cpl", "roas", "roi", "lcp", "cls", "inp", "ttfb", "ø"),
    *("durchschnittsalter", "ticket medio", "scontrino medio", "gemiddelde", "gennemsnitlig"),
    *("genomsnittlig", "gjennomsnittlig", "średni", "średnia", "průměrná", "средний", "ortalama"),
    *("客単価", "客单价"),
)
FOR_EACH = re.compile(
    r"(/|\b(pro|par|por|su|per)\b) ?(visit|visitor|user|session|order|customer|besuch|besucher|"
    r"nutzer|sitzung|bestellung|kunde|visite|visiteur|utilisateur|commande|usuario|visita|sesión|"
    r"pedido)s?$",
    re.IGNORECASE,
)
"""What stands behind the name of a mean: pages / visit."""
MEANS = (
    *("rating", "nps", "csat", "score", "nps score", "stars", "satisfaction", "bewertung"),
    *("wert", "valeur", "valor", "valore", "waarde", "net sales", "gross sales"),
)
"""Names of means and amounts that, with more words, may be those of counts: ratings given."""
THINGS = (
    *(
        "item",
        "items sold",
        "quantity",
        "qty",
        "units sold",
        "pieces",
        "artikel",
        "menge",
        "stück",
    ),
    *("day", "days running", "days live", "tage", "laufzeit", "running day", "products sold"),
    *("product sold", "items purchased", "item purchased", "denominator", "nenner"),
)
LACKING = (
    "failure",
    "failed",
    "unconverted",
    "not",
    "non",
    "no",
    "without",
    "un",
    "kein",
    "keine",
    "nicht",
    "ohne",
    "sans",
    "lost",
    "drop off",
    "dropoff",
    "dropped",
    "abandoned",
)
CURRENCY = re.compile(
    r"\b(eur|usd|gbp|chf|nok|sek|dkk|pln|czk|huf|jpy|cny|inr|aud|cad|brl|mxn|euros?|dollars?|kr)\b"
    r"|[€$£¥]",
    re.IGNORECASE,
)
COMING = ("session", "visit", "exposure", "exposed", "landing", "seen", "entry", "entered")
TAKING_PART = (
    *("exposed", "in test", "in the test", "in experiment", "assigned", "bucketed", "enrolled"),
    *("eligible", "included", "analysed", "analyzed", "im test", "zugeteilt"),
)
"""Words for the part of all people that a test is of."""
OFTEN = frozenset(("unique", "distinct", "event", "hit", *vocabulary.UNITS))
"""Words by which a count of events is told from one of the units that had them."""
CONVERTED = re.compile(r"\b(convert\w*|konvertiert\w*)\b")
OTHER_TIME = re.compile(
    r"\b(expected|planned|target(ed)?|forecast(ed)?|projected|required|needed|previous|prior|"
    r"baseline|(last|previous|prior) (day|week|month|year|period)|soll|erwartete?|geplante?|"
    r"vorwoche|vormonat|vorjahr)\b"
)
"""Words for counts of a plan, or of another time."""
SPLIT = ("allocation", "traffic split", "traffic share", "traffic weight")
SHARE = ("allocation", "share", "weight", "split", "traffic", "anteil", "verteilung", "rate")


def units_of(columns: Columns) -> SheetColumn | None:
    """The column of the units: by its name, else that of which no count is larger.

    Raises SourceError where two columns are called alike, each for a part of the units.
    """
    counts = [one for one in columns if one.is_count and not _is_aside(one) and not _lacks(one)]
    fitting = _called_units([one for one in counts if is_units(one)])
    if not any(one.is_number and is_units(one) for one in columns) and len(counts) > 1:
        told = [one for one in counts if not _does(one)]
        fitting = [one for one in told if all(_within(other, one) for other in counts)]
    return max(fitting, key=lambda one: one.total, default=None)


def _called_units(called: list[SheetColumn]) -> list[SheetColumn]:
    """Of columns called like the units those that are so exactly, and are unique where one is."""
    _refuse_parts(called)
    exact = vocabulary.best([_counted(one) for one in called], vocabulary.UNITS)
    by_name = [one for one in called if exact is None or _counted(one) == exact]
    _refuse_taking_part(by_name, called)
    unique = [one for one in by_name if vocabulary.says(one.name, UNIQUE)]
    if not unique:
        _refuse_visits(called)
    return unique or by_name


def _refuse_taking_part(chosen: list[SheetColumn], called: list[SheetColumn]) -> None:
    """Raise SourceError where others are called those who took part, and are not as many."""
    part = [one for one in called if one not in chosen and vocabulary.says(one.name, TAKING_PART)]
    for one, other in product(part, chosen):
        if one.numbers != other.numbers:
            raise _either(other, one)


def _refuse_visits(called: list[SheetColumn]) -> None:
    """Raise SourceError for two counts of visits, such as sessions and hits, and none of people."""
    names = [_counted(one) for one in called]
    visits = [one for one in called if vocabulary.best([_counted(one)], vocabulary.VISITS)]
    if vocabulary.best(names, vocabulary.PEOPLE) is None and len({v.numbers for v in visits}) > 1:
        raise _either(*visits)


def _either(*columns: SheetColumn) -> SourceError:
    what = f"the units may be {' or '.join(repr(one.name) for one in columns)}"
    hint = "keep the column of those that were shared out among the variants"
    return SourceError(Problem("data.source", what, "E335", hint))


def goals_of(columns: Columns, units: SheetColumn) -> tuple[list[SheetColumn], list[str]]:
    """The columns that count units with something, and what to say of other numbers."""
    goals, notes = [], []
    for column in columns:
        if not column.is_number or column is units:
            continue
        reason = _reason(column, units) or _complement(column, units, columns)
        reason = reason or _events(column, columns) or _other_time(column, columns)
        if reason is None:
            goals.append(column)
        else:
            notes.append(f"{column.name} set aside: {reason}")
    _refuse_parts_of_total(goals, units)
    return goals, notes


def _refuse_parts_of_total(goals: list[SheetColumn], units: SheetColumn) -> None:
    """Raise SourceError where columns add up to one that is called their total: parts across."""
    if not is_total_like(units.name) or is_units(units) or len(goals) < 2:
        return
    rows = zip(*(one.numbers for one in goals), strict=True)
    sums = [sum(one for one in row if one is not None) for row in rows]
    if sums == [*units.numbers]:
        listed = ", ".join(one.name for one in goals)
        what = f"columns {listed} add up to {units.name!r}: parts of one count, and no goals"
        hint = "write one row for each part, with a column for each count"
        raise SourceError(Problem("data.source", what, "E335", hint))


def _reason(column: SheetColumn, units: SheetColumn) -> str | None:
    """Why a column of numbers is no goal; None where it is one."""
    if not column.is_count or _is_money(column):
        return "amounts, of which a mean needs every unit's, or their sum of squares"
    words = vocabulary.words(column.name)
    mean = vocabulary.says(words, AVERAGE) or FOR_EACH.search(column.name) is not None
    if mean or vocabulary.best([words], MEANS) or words.endswith(" value"):
        return "a mean or an amount, no count"
    if vocabulary.best([_counted(column).removesuffix("s")], THINGS) is not None:
        return f"it counts no {units.name}"
    if _is_aside(column):
        return "a number or share of the row"
    if any(one is not None and one < 0 for one in column.numbers):
        return "it holds a number below 0"
    if is_units(column):
        return f"it counts units a second time, beside {units.name}"
    if not _within(column, units):
        return f"more than {units.name}, so it counts events and not {units.name}"
    return None


def _is_money(column: SheetColumn) -> bool:
    """Whether a column is called like amounts of money."""
    if vocabulary.words(column.name) == TURNOVER:
        return True
    return vocabulary.says(column.name, AMOUNTS) or CURRENCY.search(column.name) is not None


def _complement(column: SheetColumn, units: SheetColumn, columns: Columns) -> str | None:
    """Why a column called like a lack is no goal: it is the rest of the units beside another."""
    for other in columns if _lacks(column) else ():
        both = zip(column.numbers, other.numbers, units.numbers, strict=True)
        if all(None not in one and (one[0] or 0) + (one[1] or 0) == one[2] for one in both):
            return f"the {units.name} without {other.name}"
    return None


def _events(column: SheetColumn, columns: Columns) -> str | None:
    """Why a column is no goal beside one of the same name that counts units: it counts events."""
    for other in columns if column.is_count else ():
        alike = other is not column and other.is_count and _stems(other) == _stems(column)
        if alike and _within(other, column):
            return f"it counts events, beside {other.name}"
    return None


def _other_time(column: SheetColumn, columns: Columns) -> str | None:
    """Why a column is no goal beside one of the same name: it is planned, or of another time."""
    name = _counted(column)
    bare = " ".join(OTHER_TIME.sub(" ", name).split())
    beside = [one.name for one in columns if one is not column and _counted(one) == bare]
    return f"planned, or of another time than {beside[0]}" if bare != name and beside else None


def _does(column: SheetColumn) -> bool:
    """Whether a column is called like what units did, be it not that they came."""
    name = column.name
    return vocabulary.says(name, DOING) and not vocabulary.says(name, COMING)


def _stems(column: SheetColumn) -> list[str]:
    words = CONVERTED.sub("conversion", _counted(column)).split()
    words = [word for word in words if not {word, word.removesuffix("s")} & OFTEN]
    return [re.sub(r"(?<=e)rs?$|s$", "", word) for word in words]


def _lacks(column: SheetColumn) -> bool:
    """Whether a column is called like what did not happen; No. of visitors is a number."""
    return vocabulary.says(NUMBER_OF.sub("", vocabulary.words(column.name)), LACKING)


def is_units(column: SheetColumn) -> bool:
    """Whether a column is called like the units, and not like units that did something."""
    name = _counted(column)
    exactly = vocabulary.best([name], vocabulary.UNITS) is not None
    return exactly or (vocabulary.says(name, vocabulary.UNITS) and not vocabulary.says(name, DOING))


def _counted(column: SheetColumn) -> str:
    """What a column counts, without the words that say that it counts: number of visitors."""
    return COUNTING.sub("", vocabulary.words(column.name))


def _is_aside(column: SheetColumn) -> bool:
    words = vocabulary.words(column.name)
    share = vocabulary.best([words], SHARE) is not None or vocabulary.says(words, SPLIT)
    return NUMBERED.fullmatch(words) is not None or (share and _is_share(column))


def _is_share(column: SheetColumn) -> bool:
    """Whether no number is above 100."""
    return all(one is None or one <= HUNDRED for one in column.numbers)


def _within(column: SheetColumn, units: SheetColumn) -> bool:
    """Whether no count is above the units of its row, nor below nothing."""
    return all(
        one is None or (of is not None and 0 <= one <= of)
        for one, of in zip(column.numbers, units.numbers, strict=True)
    )


def _refuse_parts(called: list[SheetColumn]) -> None:
    """Raise SourceError for two columns of units side by side, such as those of two devices."""
    for one, other in combinations(called, 2):
        shared = _words(one) & _words(other)
        if shared and _words(one) - shared and _words(other) - shared:
            what = f"two columns of units: {one.name!r} and {other.name!r}"
            hint = "write one row for each variant and part, with the part in a column of its own"
            raise SourceError(Problem("data.source", what, "E335", hint))


def _words(column: SheetColumn) -> set[str]:
    return set(_counted(column).split())
