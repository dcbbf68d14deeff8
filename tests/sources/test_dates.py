"""Which form dates are written in, and what is left open."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from abmicro import Experiment
from abmicro.sources.sql.time import from_local
from abmicro.sources.text.dates import Dates, dates
from abmicro.sources.text.numerals import Doubt


@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        (["13/09/2026", "01/09/2026"], ("%d/%m/%Y",)),
        (["9/13/2026", "9/1/2026"], ("%m/%d/%Y",)),
        (["13.09.2026 10:00", "01.09.2026"], ("%d.%m.%Y %H:%M", "%d.%m.%Y")),
        (["2026/09/01 10:00:00.5"], ("%Y/%m/%d %H:%M:%S.%f",)),
        (["9/13/2026, 1:05:00 PM"], ("%m/%d/%Y, %I:%M:%S %p",)),
        (["9/13/2026, 1:05:00\u202fPM"], ("%m/%d/%Y, %I:%M:%S %p",)),
        (["01/01/2026", "02/02/2026"], ("%d/%m/%Y",)),
    ],
)
def test_cells_prove_their_form(cells: list[str], formats: tuple[str, ...]) -> None:
    form = dates(cells)
    assert isinstance(form, Dates)
    assert form.formats == formats


@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (["01/01/2026", "09/01/2026"], "'09/01/2026' is 9 January 2026 or 1 September 2026"),
        (["13/01/2026", "01/13/2026"], "'01/13/2026' and '13/01/2026' are not written in one way"),
        (["13/01/2026", "2026-01-13"], "'13/01/2026' and '2026-01-13' are not written in one way"),
        (
            ["1/13/2026 9:00 AM", "1/13/2026 13:00"],
            "'1/13/2026 13:00' and '1/13/2026 9:00 AM' are not written in one way",
        ),
        (["09/01/26"], "'09/01/26' is no date"),
        (["soon"], "'soon' is no date that can be read"),
    ],
)
def test_what_no_single_form_reads_is_not_chosen(cells: list[str], what: str) -> None:
    doubt = dates(cells)
    assert isinstance(doubt, Doubt)
    assert set(doubt.what.split("'")) == set(what.split("'"))


def test_the_owner_settles_it() -> None:
    assert dates(["09/01/2026"], day_first=True) == Dates("day", "/")
    assert dates(["09/01/2026"], day_first=False) == Dates("month", "/")
    doubt = dates(["09/13/2026"], day_first=True)
    assert isinstance(doubt, Doubt)
    assert doubt.what == "'09/13/2026' is no date with day_first = true"


def test_the_days_of_the_experiment_settle_it_where_one_reading_fits() -> None:
    september = (date(2026, 8, 31), date(2026, 9, 20))
    assert dates(["09/01/2026", "09/10/2026"], between=september) == Dates("month", "/")
    year = (date(2026, 1, 1), date(2026, 12, 31))
    assert isinstance(dates(["09/01/2026"], between=year), Doubt)


def test_a_clock_that_is_set_back_tells_the_first_of_its_hours():
    """Berlin at 3:00 in October shows 2:00 again; in March it goes from 2:00 to 3:00."""
    goals = {"cart": "milestone", "order": "macro"}
    experiment = Experiment(
        name="m", variants=["A", "B"], goals=goals, start="2026-03-02", end="2026-12-01"
    )
    shown = {
        "2026-10-25 01:59:00": "2026-10-24 23:59:00",
        "2026-10-25 02:30:00": "2026-10-25 00:30:00",
        "2026-10-25 03:00:00": "2026-10-25 02:00:00",
        "2026-03-29 02:30:00": "2026-03-29 01:30:00",
        "2026-03-29 03:00:00": "2026-03-29 01:00:00",
    }
    moments = ", ".join(f"(TIMESTAMP '{one}')" for one in shown)
    read = from_local(experiment, "Europe/Berlin", "t")
    rows = duckdb.sql(f"SELECT {read} FROM (VALUES {moments}) AS clock(t)").fetchall()
    assert [str(at) for (at,) in rows] == [*shown.values()]
