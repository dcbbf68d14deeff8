"""Definitions as people and strangers spoil them: each is read or refused, with place and remedy.

Grammar-aware: sound keys and values of every table, mixed with those of other tables, misspelt,
doubled, dropped, of another type or beyond every bound. Twenty thousand files a run; a file that
fails is made again from its seed.
"""

from __future__ import annotations

import random
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from abmicro.errors import DefinitionError, Problem
from abmicro.experiment.file.toml import dumps, loads
from abmicro.experiment.lint import warnings
from abmicro.experiment.model import Experiment
from abmicro.experiment.strict_model import StrictModel
from abmicro.plain_text import STEERING
from abmicro.sources.query import query

from ..examples import SEED

FILES = 20_000
SECONDS = 20  # of the processor: a guard against hanging, not a measure
EXAMPLES = sorted(Path(__file__).resolve().parents[2].glob("abmicro/**/*.toml"))

PIECES = tomllib.loads(Path(__file__).with_name("fuzz.toml").read_text("utf-8"))
NAMES, WORDS, TEXTS = [*PIECES["names"], "x" * 600], PIECES["words"], PIECES["texts"]
NUMBERS, OTHERS, TABLES = PIECES["numbers"], PIECES["others"], PIECES["tables"]
LETTERS = ["", '"', "[", "]", "=", "\n", "{", "\\", "\x00", "é", "'''"]
SOUND = """\
[experiment]
name = "T"
[variants]
arms = ["a", "b"]
[goals.cart]
kind = "milestone"
[goals.buy]
kind = "macro"
"""


def keys() -> list[str]:
    """Every key that a table of the definition knows."""
    found, parts = {"schema", "arms", "control", "allocation", "nonsense"}, [StrictModel]
    while parts:
        part = parts.pop()
        found |= set(part.model_fields)
        parts += part.__subclasses__()
    return sorted(found)


KEYS = keys()


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def made_value(dice: random.Random) -> str:
    kind = dice.random()
    if kind < 0.3:
        return quoted(dice.choice(WORDS))
    if kind < 0.45:
        return quoted(dice.choice(NAMES).replace("\x1b", "\\u001b"))
    if kind < 0.65:
        return quoted(dice.choice(TEXTS))
    return dice.choice(NUMBERS if kind < 0.85 else OTHERS)


def spelt(word: str, dice: random.Random) -> str:
    """The word, now and then with a slip of the finger."""
    if dice.random() < 0.9 or not word:
        return word
    at = dice.randrange(len(word))
    return dice.choice([word[:at] + word[at + 1 :], word[:at] + word[at:][::-1], word + word[at]])


def line(dice: random.Random) -> str:
    name = dice.choice(KEYS) if dice.random() < 0.85 else quoted(dice.choice(NAMES))
    return f"{spelt(name, dice) or 'x'} = {made_value(dice)}"


def grown(dice: random.Random) -> str:
    """Tables and keys put together at random."""
    lines = [] if dice.random() < 0.2 else SOUND.splitlines()
    for _ in range(dice.randrange(1, 7)):
        lines.append(f"[{spelt(dice.choice(TABLES), dice)}]")
        lines += [line(dice) for _ in range(dice.randrange(4))]
    return "\n".join(lines)


def added(dice: random.Random) -> str:
    """A sound file with dotted keys before it."""
    before = (f"{dice.choice(TABLES)}.{line(dice)}" for _ in range(dice.randrange(1, 4)))
    dotted = SOUND.replace("[experiment]\nname", "experiment.name")
    dotted = dotted.replace("[variants]\narms", "variants.arms")
    return "\n".join([*before, dotted])


def spoilt(dice: random.Random) -> str:
    """A file that is shipped, with lines dropped, doubled, swapped or given another value."""
    lines = dice.choice(EXAMPLES).read_text(encoding="utf-8").splitlines()
    for _ in range(dice.randrange(1, 5)):
        at = dice.randrange(len(lines))
        change = dice.randrange(5)
        if change == 0 and len(lines) > 1:
            del lines[at]
        elif change == 1:
            lines.insert(at, dice.choice(lines))
        elif change == 2:
            lines.insert(at, line(dice))
        elif change == 3:
            lines[at] = f"{lines[at].partition('=')[0]} = {made_value(dice)}"
        else:
            lines[at] = lines[at].removeprefix("# ")
    return "\n".join(lines)


def torn(dice: random.Random) -> str:
    """A file whose letters are changed, as by a bad disk or a bad hand."""
    letters = list(spoilt(dice) if dice.random() < 0.5 else grown(dice))
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(len(letters) + 1)
        letters[at : at + dice.randrange(3)] = dice.choice(LETTERS)
    return "".join(letters)


MAKERS: tuple[Callable[[random.Random], str], ...] = (grown, added, spoilt, torn)


def made(seed: str) -> str:
    dice = random.Random(seed)  # noqa: S311 - no secret
    return dice.choice(MAKERS)(dice)


def judge(seed: str) -> None:
    """Read one file and hold what is said of it against what is promised."""
    text = made(seed)
    begun = time.process_time()
    refused: tuple[Problem, ...] = ()
    try:
        use(loads(text, where="file.toml"))
    except DefinitionError as error:
        refused = error.problems
    assert time.process_time() - begun < SECONDS, seed
    for problem in refused:
        told = f"{seed}: {problem}"
        assert problem.where, told
        assert problem.what, told
        assert problem.hint, told
        assert STEERING.search(told) is None, told


def use(experiment: Experiment) -> None:
    """What a definition that was read must be good for."""
    assert loads(dumps(experiment)) == experiment
    warnings(experiment)
    if experiment.data is not None and experiment.data.shape != "joint":
        query(experiment)


def told_by_its_seed(seed: str) -> None:
    """Judge one file; whatever goes wrong names the seed that makes it again."""
    try:
        judge(seed)
    except AssertionError:
        raise
    except Exception as error:
        pytest.fail(f"{seed}: {type(error).__name__}: {error}\n{made(seed)}")


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_twenty_thousand_definitions_are_read_or_refused_in_words(part: int) -> None:
    for at in range(FILES // 4):
        told_by_its_seed(f"{SEED}:{part}:{at}")


def test_some_definitions_are_new_in_every_run() -> None:
    fresh = random.SystemRandom().randrange(10**9)
    for at in range(150):
        told_by_its_seed(f"{fresh}:{at}")
