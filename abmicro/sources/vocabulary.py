"""The words by which people name columns, arms and events: what `abmicro init` guesses from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

VARIANT = (
    *("variant", "variation", "arm", "treatment", "bucket", "version", "group", "assignment"),
    *("condition", "cell", "segment"),
)
UNIT = (
    *("user id", "visitor id", "customer id", "client id", "unit id", "userid", "user pseudo id"),
    *("distinct id", "anonymous id", "unit", "user", "visitor", "customer", "session id", "id"),
)
TIME = ("timestamp", "event time", "event timestamp", "time", "ts", "occurred at", "created at")
EVENT = ("event name", "event type", "event", "action", "event action")
UNITS = ("units", "users", "visitors", "customers", "sessions", "exposed", "impressions", "n")
MACRO = (
    *("purchase", "order", "conversion", "transaction", "sale", "payment", "buy", "bought"),
    *("paid", "lead", "subscription", "subscribe", "converted", "purchased", "ordered"),
)
VALUE = ("revenue", "spend", "sales", "gmv", "amount", "value")
EXPOSURE = ("exposure", "experiment", "impression", "feature flag")
CONTROL = re.compile(r"(control|ctrl|baseline|original|holdout)\b.*", re.IGNORECASE)
LIKE_CONTROL = re.compile(r"(a|off|old|default|0|false|none|no)\b.*", re.IGNORECASE)


def words(text: str) -> str:
    """The words of a name in lower case.

    >>> words("variant_name"), words("eventType"), words("$feature_flag-called")
    ('variant name', 'event type', 'feature flag called')
    """
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    return " ".join(re.findall(r"[^\W_]+", split.lower()))


def says(text: str, vocabulary: Iterable[str]) -> bool:
    """Whether a name has a word of the vocabulary, alone or in the plural.

    >>> says("ecommerce_purchases", MACRO), says("border", MACRO)
    (True, False)
    """
    return any(_holds(words(text), word) for word in vocabulary)


def best(names: Iterable[str], vocabulary: Sequence[str], *, whole: bool = True) -> str | None:
    """The name that stands for the earliest word, the shortest of several; None where none does.

    whole: the name must be the word, not only hold it.

    >>> best(["history_segment", "segment"], VARIANT, whole=False)
    'segment'
    """
    ranked = [
        (rank, len(name), name)
        for name in names
        for rank, word in enumerate(vocabulary)
        if (words(name) == word if whole else _holds(words(name), word))
    ]
    return min(ranked)[2] if ranked else None


def control_first(arms: Iterable[str]) -> tuple[str, ...]:
    """Arms in order, the one that is called like a control before the others.

    >>> control_first(["Mens E-Mail", "No E-Mail", "Womens E-Mail"])
    ('No E-Mail', 'Mens E-Mail', 'Womens E-Mail')
    """
    return tuple(sorted(arms, key=_order))


def names_control(arms: Iterable[str]) -> bool:
    """Whether an arm bears a name that hardly anything but a control bears.

    >>> names_control(["control", "sticky"]), names_control(["no", "yes"])
    (True, False)
    """
    return any(_is_control(arm, CONTROL) for arm in arms)


def _order(arm: str) -> tuple[bool, bool, str]:
    return (not _is_control(arm, CONTROL), not _is_control(arm, LIKE_CONTROL), arm)


def _is_control(arm: str, pattern: re.Pattern[str]) -> bool:
    return pattern.fullmatch(words(arm)) is not None


def _holds(text: str, word: str) -> bool:
    return re.search(rf"\b{word}s?\b", text) is not None
