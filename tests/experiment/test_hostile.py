"""A definition of a stranger costs what its size costs: nothing here grows with its square."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from abmicro.errors import DefinitionError, Problem, suggest
from abmicro.experiment.bounds import MOST_BYTES, MOST_PROBLEMS
from abmicro.experiment.file.toml import load, loads
from abmicro.experiment.masking import hide, mask, masked_source

from .hostile import KINDS, SOUND

# Of the processor, on any machine: a guard against hanging. Each kind takes below one second; what
# grows with the square of such sizes takes minutes.
SECONDS = 20


def refused(text: str) -> tuple[Problem, ...]:
    try:
        loads(text, where="x.toml")
    except DefinitionError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [pytest.param(MOST_BYTES, marks=pytest.mark.slow), 20_000])
def test_a_definition_of_any_kind_is_read_or_refused_at_once(kind: str, size: int) -> None:
    text = KINDS[kind](size - 200)
    begun = time.process_time()
    found = refused(text)
    assert time.process_time() - begun < SECONDS
    assert len(found) <= MOST_PROBLEMS + 1
    assert all(one.where and one.what for one in found)
    assert sum(len(str(one)) for one in found) < 100_000


def test_a_longer_file_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "long.toml"
    file.write_text(SOUND + "#" * MOST_BYTES)
    with pytest.raises(DefinitionError, match="longer than 256 KB"):
        load(file)


@pytest.mark.parametrize(
    "part",
    ["p", "psw", ":a", "pass:a", "pass=", "a='b=1 c=2' ", "=", "a ", "a@", "://", "'"],
)
def test_masking_takes_as_long_as_the_text_is(part: str) -> None:
    text = part * (200_000 // len(part)) + "!"
    begun = time.process_time()
    mask(text), masked_source(text), hide(text, ("hunter2",))
    assert time.process_time() - begun < SECONDS


def test_a_suggestion_is_short_and_soon_there() -> None:
    begun = time.process_time()
    told = suggest("x" * 50, ["x" * 49 + "y" * at for at in range(5000)])
    assert len(told) < 2000
    assert time.process_time() - begun < SECONDS
