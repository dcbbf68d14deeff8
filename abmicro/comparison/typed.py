"""Counts as people type them: 500/10000 560/10000, A=12480/1612/311, 5% of 10000."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from abmicro.errors import AbmicroError, Problem
from abmicro.frozen import frozen
from abmicro.sources.text.numerals import Numerals, grammars

USAGE = "E600"
HINT = "write REACHED/UNITS for every variant, control first: abmicro quick 500/10000 560/10000"
PATH_HINT = "write UNITS/MICRO/MACRO, each not above the one before: A=12480/1612/311"
DIGITS_HINT = "write whole numbers without dots and commas, e.g. 20000"
MOST_UNITS = 10**12

BETWEEN = re.compile(r"(?:\b(?:vs|versus|against|gegen)\b\.?|;|,(?=\s|$)|\n)", re.IGNORECASE)
OF = re.compile(r"\s+(?:out\s+of|of|von)\s+", re.IGNORECASE)
PARTED = re.compile(r"\s*[/:]\s*")
NAME = re.compile(r"(?<!\w)([^\W\d_][^=:/]*?)\s*[=:]\s*(?=[\d.])")
NUMBER = re.compile(r"([0-9][0-9_,'.]*)([kKmM]?)(%?)")
TIMES = {"": 1, "k": 1000, "m": 1_000_000}


@frozen
class ArmCounts:
    """One variant. name: may be empty. counts: units, then the units that reached each step."""

    name: str
    counts: tuple[int, ...]


@frozen
class _Written:
    """One variant as it was typed: its name and its numbers."""

    name: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return "/".join(self.parts)


def arms_of(texts: Sequence[str]) -> tuple[ArmCounts, ...]:
    """The variants in what was typed, control first.

    texts: reached/units, or units/micro/macro and further steps; names before = or :, numbers with
        signs between thousands where they can be nothing else, k for thousands, 5% of 10000.

    Raises AbmicroError for what cannot be read, or can be read in two ways.

    >>> [variant.counts for variant in arms_of(["500/10000 vs 560/10k"])]
    [(10000, 500), (10000, 560)]
    >>> arms_of(["A=12480/1612/311", "B=12391/1799/322"])[1]
    ArmCounts(name='B', counts=(12391, 1799, 322))
    """
    variants = list(_arms(" ".join(texts)))
    lengths = {len(variant.parts) for variant in variants}
    if len(lengths) > 1:
        told = " and ".join(map(str, variants[:2]))
        raise refusal(f"{told} have different numbers of counts", PATH_HINT)
    every = [dict(_readings(variant)) for variant in variants]
    shared = [one for one in grammars() if all(one in found for found in every)]
    if not shared:
        return tuple(map(_only, variants, (set(found.values()) for found in every)))
    rows = {tuple(found[grammar] for found in every) for grammar in shared}
    if len(rows) > 1:
        raise _in_two_ways(variants, *sorted(rows)[:2])
    (row,) = rows
    _refuse_thousands(variants, every, row)
    return tuple(
        ArmCounts(variant.name, counts) for variant, counts in zip(variants, row, strict=True)
    )


def refusal(what: str, hint: str, where: str = "quick") -> AbmicroError:
    """The error of what was typed: exit status 2."""
    return AbmicroError(Problem(where, what, USAGE, hint))


def _arms(text: str) -> Iterator[_Written]:
    """The variants of a line, as typed."""
    plain = OF.sub("/", BETWEEN.sub(" ", text))
    first, *rest = NAME.split(plain)
    yield from _unnamed(first)
    for name, numbers in zip(rest[::2], rest[1::2], strict=True):
        parts = PARTED.sub("/", numbers.strip()).replace("/", " ").split()
        yield _Written(name.strip(), _numbers(tuple(parts), numbers.strip()))


def _unnamed(text: str) -> Iterator[_Written]:
    """Variants parted by blanks; numbers without a sign between them are taken in pairs."""
    words = PARTED.sub("/", text.strip()).split()
    if any("/" in word for word in words) or len(words) % 2:
        for word in words:
            yield _Written("", _numbers(tuple(word.split("/")), word))
        return
    for reached, units in zip(words[::2], words[1::2], strict=True):
        yield _Written("", _numbers((reached, units), f"{reached} {units}"))


def _numbers(parts: tuple[str, ...], shown: str) -> tuple[str, ...]:
    """The parts; AbmicroError where one is no number or there is one only."""
    odd = [part for part in parts if not NUMBER.fullmatch(part)]
    percent = [at for at, part in enumerate(parts) if part.endswith("%")]
    if odd or len(parts) < 2 or (percent and (percent != [0] or len(parts) > 2)):
        raise refusal(f"{shown!r} is not REACHED/UNITS", HINT)
    return parts


def _readings(variant: _Written) -> Iterator[tuple[Numerals, tuple[int, ...]]]:
    """Grammars in which the counts of a variant can be, with the counts; at least one."""
    fault: AbmicroError | None = None
    found = False
    for grammar in grammars():
        try:
            counts = _counts(variant, grammar)
        except AbmicroError as error:
            fault = fault or error
            continue
        if counts is not None:
            found = True
            yield grammar, counts
    if not found:
        raise fault or refusal(f"{str(variant)!r} is not REACHED/UNITS", HINT)


def _counts(variant: _Written, grammar: Numerals) -> tuple[int, ...] | None:
    """Units first; None where the grammar cannot read them, AbmicroError where they cannot be."""
    values = [_value(part, grammar) for part in variant.parts]
    if any(value is None for value in values):
        return None
    known = [value for value in values if value is not None]
    if variant.parts[0].endswith("%"):
        known[0] = known[0] / 100 * known[1]
        if known[0] % 1:
            what = (
                f"{' of '.join(variant.parts)} is {known[0].normalize():,f} units, which cannot be"
            )
            raise refusal(what, "write the count itself: 500/10000")
    if any(value % 1 for value in known):
        return None
    counts = tuple(map(int, known if len(known) > 2 else known[::-1]))
    _refuse_impossible(variant, counts)
    return counts


def _refuse_impossible(variant: _Written, counts: tuple[int, ...]) -> None:
    if not 0 < counts[0] <= MOST_UNITS:
        raise refusal(f"{str(variant)!r}: a variant has 1 to {MOST_UNITS:,} units", HINT)
    if any(later > before for before, later in pairwise(counts)):
        if len(counts) == 2:
            what = f"{str(variant)!r}: more units reached the goal than there are"
            raise refusal(what, "the smaller number stands first")
        raise refusal(f"{str(variant)!r}: more units reached a step than the one before", PATH_HINT)


def _value(part: str, grammar: Numerals) -> Decimal | None:
    found = NUMBER.fullmatch(part)
    value = None if found is None else grammar.value(found[1].replace("_", ""))
    return None if found is None or value is None else value * TIMES[found[2].lower()]


def _only(variant: _Written, readings: Iterable[tuple[int, ...]]) -> ArmCounts:
    """The variant in its one reading, where no grammar is that of all variants."""
    first, *others = sorted(readings)
    if others:
        raise _in_two_ways([variant], (first,), (others[0],))
    return ArmCounts(variant.name, first)


def _refuse_thousands(
    variants: Sequence[_Written],
    every: Sequence[Mapping[Numerals, tuple[int, ...]]],
    row: tuple[tuple[int, ...], ...],
) -> None:
    """Raise AbmicroError for a number that were thousands, were it not for other variants."""
    for variant, found, counts in zip(variants, every, row, strict=True):
        if (larger := max(found.values())) > counts:
            raise _in_two_ways([variant], (counts,), (larger,))


def _in_two_ways(
    variants: Sequence[_Written],
    one: tuple[tuple[int, ...], ...],
    other: tuple[tuple[int, ...], ...],
) -> AbmicroError:
    """The first number that two grammars read differently."""
    for variant, small, large in zip(variants, one, other, strict=True):
        way = 1 if len(variant.parts) > 2 else -1
        for part, a, b in zip(variant.parts, small[::way], large[::way], strict=True):
            if a != b:
                low, high = sorted((a, b))
                return refusal(f"{part!r} is {low:,} or {high:,}", DIGITS_HINT)
    return refusal("the numbers can be read in two ways", DIGITS_HINT)
