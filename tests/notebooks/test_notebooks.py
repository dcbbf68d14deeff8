"""The notebooks run as they stand, show what they compute, and quote no number of their own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
PATHS = sorted(FOLDER.glob("*.ipynb"))
STORIES = [
    ("01_first_test", ("Mens E-Mail: ship", "Womens E-Mail: ship")),
    (
        "02_power_planning",
        ("baskets takes 12,022 visitors", "No planned change shows in 6 weeks"),
    ),
    ("03_micro_to_macro", (": carried\n", ": loss_not_fully_carried\n", ": no_micro_signal\n")),
    ("04_low_traffic", ("unsettled\n", "fallen by 0.02%", "chance to win 97.5%")),
    (
        "05_own_data",
        ("keep_control\n", "brought less than half of the purchases they usually bring"),
    ),
    (
        "06_looking_daily",
        (
            "look  6  z 2.02  bound 3.26  above 1.96",
            "look 10 of 22 | response +0.9% (0.003% to 1.9%) (z 2.80, bound 2.80) better",
        ),
    ),
    (
        "07_thirty_small_tests",
        ("claimed +730%, kept +40%, true +45%", "Watch checkouts, carts and orders. Together"),
    ),
]
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")


@pytest.fixture(params=PATHS, ids=lambda path: path.stem, scope="module")
def notebook(request: pytest.FixtureRequest) -> NotebookNode:
    """One notebook as it is committed."""
    return nbformat.read(request.param, as_version=4)


@pytest.fixture(scope="module")
def ran(notebook: NotebookNode, tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """The same after a run from top to bottom, in a folder that holds nothing."""
    folder = str(tmp_path_factory.mktemp("elsewhere"))
    bare = nbformat.from_dict(notebook)
    for cell in code_cells(bare):
        cell.outputs = []
    client = NotebookClient(bare, timeout=120, resources={"metadata": {"path": folder}})
    return client.execute()


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def code(notebook: NotebookNode) -> str:
    lines = "\n".join(cell.source for cell in code_cells(notebook)).splitlines()
    return "\n".join(line for line in lines if not line.startswith("%"))


def prose(notebook: NotebookNode) -> str:
    """The words of the notebook; a line that names a source may hold years and days."""
    cells = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    lines = re.sub(r"`[^`]*`|\]\([^)]*\)", "", "\n\n".join(cells))
    return re.sub(r"^Source:.*?(?=\n\n|\Z)", "", lines, flags=re.DOTALL | re.MULTILINE)


def shown(notebook: NotebookNode) -> Iterator[tuple[int, str, str]]:
    """What stands under each cell: its text, or that it is a picture.

    A stream comes in as many pieces as the machine has time for, and is one text.
    """
    for at, cell in enumerate(code_cells(notebook)):
        for kind, pieces in groupby(map(told, cell.outputs), key=itemgetter(0)):
            yield at, kind, "".join(text for _, text in pieces)


def told(output: NotebookNode) -> tuple[str, str]:
    """The kind of one output and its text; none of a picture."""
    data = output.get("data", {})
    if "image/png" in data:
        return "picture", ""
    return output.get("name", "result"), output.get("text") or data.get("text/plain") or ""


def test_every_notebook_has_its_story() -> None:
    assert [path.stem for path in PATHS] == [name for name, _ in STORIES]


@pytest.mark.external
def test_it_shows_what_it_computes(notebook: NotebookNode, ran: NotebookNode) -> None:
    assert list(shown(ran)) == list(shown(notebook))


@pytest.mark.parametrize(("name", "findings"), STORIES)
def test_what_its_prose_builds_on_is_found(name: str, findings: tuple[str, ...]) -> None:
    told = "".join(text for *_, text in shown(nbformat.read(FOLDER / f"{name}.ipynb", 4)))
    assert [finding for finding in findings if finding not in told] == []


@pytest.mark.external
def test_it_runs_without_a_warning(ran: NotebookNode) -> None:
    assert "stderr" not in {kind for _, kind, _ in shown(ran)}


def test_it_was_saved_after_a_run_from_top_to_bottom(notebook: NotebookNode) -> None:
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))


def test_it_is_short_and_defines_nothing(notebook: NotebookNode) -> None:
    nodes = ast.walk(ast.parse(code(notebook)))
    assert len(notebook.cells) <= 25
    assert not [node for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))]


def test_its_prose_quotes_only_numbers_that_its_cells_hold_or_show(notebook: NotebookNode) -> None:
    held = "\n".join([code(notebook).replace("_", ","), *(text for *_, text in shown(notebook))])
    quoted = {number for number in NUMBER.findall(prose(notebook)) if len(number) > 1}
    assert quoted <= set(NUMBER.findall(held))


def test_it_names_no_folder_of_a_machine(notebook: NotebookNode) -> None:
    text = re.sub(r'"image/png": "[^"]*"', "", nbformat.writes(notebook))
    assert not re.findall(r"(?:/(?:home|root|tmp|Users|usr|var|opt|work)/|[A-Z]:\\\\)\w*", text)


def test_every_file_it_links_is_there(notebook: NotebookNode) -> None:
    cells = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for target in re.findall(r"\]\(([^)]+)\)", cells):
        assert (FOLDER / target).exists(), target
