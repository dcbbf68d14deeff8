"""Reports that are rendered at once are the same, and the host's settings stay what they were."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import matplotlib as mpl
import pytest

from abmicro.analysis.results import Analysis
from abmicro.report.charts.export import pictures

AT_ONCE = 8
PAGES: tuple[tuple[str, Callable[[Analysis], object]], ...] = (
    ("html", lambda analysis: analysis.render("html")),
    ("summary", lambda analysis: analysis.render("summary")),
    ("svg", lambda analysis: list(pictures(analysis, "svg"))),
    ("png", lambda analysis: list(pictures(analysis, "png"))),
)


@pytest.fixture
def hasty() -> Iterator[None]:
    """Threads that take turns as often as Python lets them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("form", "page"),
    [
        pytest.param(form, page, id=form, marks=[pytest.mark.slow] * (form != "summary"))
        for form, page in PAGES
    ],
)
def test_eight_threads_give_the_same_bytes(
    two_arms: Analysis, form: str, page: Callable[[Analysis], object]
) -> None:
    settings, filters = dict(mpl.rcParams), list(warnings.filters)
    alone = page(two_arms)
    with ThreadPoolExecutor(AT_ONCE) as threads:
        together = list(threads.map(page, [two_arms] * AT_ONCE))
    assert [one == alone for one in together] == [True] * AT_ONCE, form
    assert dict(mpl.rcParams) == settings
    assert warnings.filters == filters
