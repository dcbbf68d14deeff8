"""The made shop behind the shipped sheet of past tests: `python -m tests.portfolio.made_shop`."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import numpy as np

import abmicro

README = Path(abmicro.__file__).parent / "datasets" / "thirty_tests" / "README.md"
SEED, VISITORS, FIRST = 34, 5_000, date(2024, 1, 8)
CARTS, CHECKOUTS, ORDERS = 0.12, 0.5, 0.5
MEAN, LIFT_SD, SLOPE, AROUND_SD = 0.01, 0.05, 0.7, 0.03
IDEAS = (
    *(
        "Sticky basket button",
        "Larger product photos",
        "Reviews above the fold",
        "Free returns note",
    ),
    *("Shorter product text", "Delivery date on page", "Size advice", "Stock counter"),
    *("Basket summary", "Guest checkout first", "Fewer form fields", "Trust seals at payment"),
    *("Search on top", "Filters open", "Quick view", "Bundles in the basket"),
    *("Price per unit", "Coupon field hidden", "Progress bar", "Wallet button first"),
    *(
        "Teaser of the week",
        "Video instead of photo",
        "Chat on product pages",
        "Newsletter at exit",
    ),
    *("Menu by need", "Comparison table", "Saved basket", "Address finder"),
    *("One-page checkout", "Recently seen", "Gift wrapping", "Sticky summary"),
    *("Callback offer", "Payment by invoice"),
)
HEAD = ("test", "date", "variant", "visitors", "carts", "checkouts", "orders", "shipped")


def sheet() -> str:
    """34 tests as a sheet, a row for each variant; every sixth has two new variants."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for at, (idea, (rows, _)) in enumerate(zip(IDEAS, _tests(), strict=True)):
        variants = ("control", "A", "B") if len(rows) > 2 else ("control", "new")
        live = _live(rows)
        for arm, variant in enumerate(variants):
            day = FIRST + timedelta(weeks=3 * at)
            writer.writerow([idea, day, variant, *rows[arm], "yes" if arm == live else ""])
    return text.getvalue()


def truth_of_what_went_live() -> tuple[np.ndarray, float]:
    """True macro log lifts of the variants that went live, and their gain together."""
    lifts = np.array([macro[live] for rows, macro in _tests() if (live := _live(rows))])
    return lifts, float(np.expm1(lifts.sum()))


def _tests() -> Iterator[tuple[list[list[int]], np.ndarray]]:
    """Counts and true macro log lifts of the variants of each test."""
    rng = np.random.default_rng(SEED)
    for at in range(len(IDEAS)):
        yield _counts(rng, 3 if at % 6 == 5 else 2)


def _live(rows: list[list[int]]) -> int:
    """The variant with most orders where carts and orders both look better, else the control."""
    rates = np.array(rows)[:, 1:] / np.array(rows)[:, :1]
    best = int(rates[:, 2].argmax())
    return best if (rates[best, [0, 2]] > rates[0, [0, 2]]).all() else 0


def _counts(rng: np.random.Generator, arms: int) -> tuple[list[list[int]], np.ndarray]:
    """Visitors, carts, checkouts and orders of each variant, and its true macro log lift."""
    micro = np.append(0, rng.normal(MEAN, LIFT_SD, arms - 1))
    macro = np.append(0, rng.normal(SLOPE * micro[1:], AROUND_SD))
    visitors = rng.multinomial(VISITORS, [1 / arms] * arms)
    carts = rng.binomial(visitors, CARTS * np.exp(micro))
    checkouts = rng.binomial(carts, CHECKOUTS * np.exp((macro - micro) / 2))
    orders = rng.binomial(checkouts, ORDERS * np.exp((macro - micro) / 2))
    return np.stack([visitors, carts, checkouts, orders], axis=-1).tolist(), macro


if __name__ == "__main__":
    print(sheet(), end="")  # noqa: T201
