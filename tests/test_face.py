"""The public face: what `import abmicro` gives, and how little it costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import abmicro

pytestmark = pytest.mark.journey

HEAVY = {"numpy", "scipy", "pandas", "matplotlib", "duckdb", "sqlglot", "pydantic", "jinja2"}


def loaded_by(code: str) -> set[str]:
    """Top-level modules a fresh interpreter holds after running the code."""
    script = f"import sys\n{code}\nprint(*{{name.split('.')[0] for name in sys.modules}})"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_every_public_name_is_there_sorted_and_once() -> None:
    assert abmicro.__all__ == sorted(abmicro._HOMES)
    assert all(getattr(abmicro, name) is not None for name in abmicro.__all__)


@pytest.mark.parametrize(("old", "new"), abmicro._RENAMED.items())
def test_an_old_name_still_gives_the_class_and_says_the_new_one(old: str, new: str) -> None:
    with pytest.warns(DeprecationWarning, match=f"abmicro.{old} is now abmicro.{new}") as warned:
        found = getattr(abmicro, old)
    assert found is getattr(abmicro, new)
    assert warned[0].filename == __file__
    assert old not in abmicro.__all__


def test_what_is_read_can_be_written_and_asked() -> None:
    test = abmicro.loads(
        'experiment.name = "Test"\nvariants.arms = ["a", "b"]\ngoals.order.kind = "macro"\n'
        'data = { shape = "units", columns = { variant = "arm" } }\n'
    )
    assert abmicro.loads(abmicro.dumps(test)) == test
    assert "SELECT" in abmicro.query(test, dialect="snowflake")


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'analyse'"):
        _ = abmicro.analyse


def test_importing_abmicro_loads_nothing_heavy() -> None:
    assert not loaded_by("import abmicro") & HEAVY


def test_the_help_loads_nothing_heavy() -> None:
    assert not loaded_by("from abmicro.cli import run; run(['--help'])") & HEAVY


def test_rendering_loads_neither_statistics_nor_engine() -> None:
    assert not loaded_by("import abmicro.report.render.html, abmicro.report.render.text") & {
        "scipy",
        "duckdb",
    }


SLOW = HEAVY | {
    *("rich", "statsmodels", "scipy.stats", "scipy.optimize", "scipy.integrate"),
    # of the parts in abmicro.cli.later
    *("unittest", "numpy.f2py.crackfortran", "mpl_toolkits.mplot3d.axes3d", "numpy.ma.core"),
    *("numpy.random.mtrand", "statistics", "abmicro.stats.exact.automatic"),
    *("abmicro.analysis.monitoring.watch", "abmicro.analysis.with_history.panel"),
    "abmicro.analysis.traffic.days",
}
MAY_LOAD = {
    "schema": {"pydantic"},
    "quick 500/10000 560/10000": {"pydantic", "numpy", "scipy"},
    "plan --baseline 3% --lift 10% --traffic 900/day": {"pydantic", "numpy", "scipy"},
    "query experiment.toml": {"pydantic", "numpy"},
    "analyze experiment.toml": {"pydantic", "numpy", "scipy", "duckdb", "numpy.random.mtrand"},
    "report experiment.toml": {
        *("pydantic", "numpy", "scipy", "duckdb", "jinja2", "matplotlib"),
        *("numpy.random.mtrand", "numpy.ma.core"),
        "unittest",  # of pyparsing, which matplotlib reads its settings with
    },
    "analyze experiment.toml --second-opinion": {
        *("pydantic", "numpy", "scipy", "duckdb", "pandas", "statsmodels", "unittest"),
        *("scipy.stats", "scipy.optimize", "scipy.integrate"),
        *("numpy.random.mtrand", "numpy.ma.core"),
    },
}


@pytest.mark.parametrize(("command", "may"), MAY_LOAD.items())
def test_a_command_loads_no_more_than_it_needs(
    command: str, may: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "counts.csv").write_text("variant,units,cart,buy\na,900,90,30\nb,910,99,31\n")
    (tmp_path / "experiment.toml").write_text(
        'experiment.name = "Test"\nvariants.arms = ["a", "b"]\n'
        'data = { shape = "counts", source = "counts.csv", columns = { variant = "variant", '
        'units = "units" } }\ngoals.cart.kind = "milestone"\ngoals.buy.kind = "macro"\n'
    )
    monkeypatch.chdir(tmp_path)
    script = (
        "import atexit, sys\nfrom abmicro.cli import main\n"
        f"sys.argv[1:] = {command.split()}\n"
        f"atexit.register(lambda: print('\\n', *set(sys.modules) & {SLOW}))\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert set(done.stdout.splitlines()[-1].split()) == may


def test_the_docstrings_that_scipy_writes_wait_until_somebody_asks_for_them() -> None:
    script = (
        "import sys\n"
        "from abmicro.cli.later import DOCS, load_later\n"
        "load_later()\n"
        "import scipy.special as found\n"
        "part = sys.modules[DOCS]\n"
        "assert found.ndtr is found._ufuncs.ndtr and 'xlogy' not in vars(part)\n"
        "assert [name for name in found.__all__ if not hasattr(found, name)] == []\n"
        "assert round(found.multigammaln(3.5, 2), 6) == 2.466486\n"
        "assert part.xlogy is found.xlogy and part.digamma is found.digamma\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_statistics_work_where_nothing_but_numpy_and_scipy_is_installed() -> None:
    script = (
        "import sys\n"
        "for name in ('duckdb', 'pydantic', 'click', 'jinja2', 'rich', 'sqlglot', 'matplotlib', "
        "'python_calamine', 'pandas', 'statsmodels'): sys.modules[name] = None\n"
        "from abmicro import stats\n"
        "found = [getattr(getattr(stats, one), name) for one in stats.CHAPTERS "
        "for name in dir(getattr(stats, one))]\n"
        "print(len(found))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 400
