"""Definitions of a stranger who wants the reading to take long, each of one kind."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

HEAD = 'experiment.name = "T"\nvariants.arms = ["a", "b"]\n'
GOALS = '[goals.cart]\nkind = "milestone"\n[goals.buy]\nkind = "macro"\n'
SOUND = HEAD + GOALS
WIDE = " AND ".join(f"a{at} = {at}" for at in range(300))


def until(size: int, text: str, piece: Callable[[int], str]) -> str:
    """The text, followed by so many pieces as fit."""
    pieces, length = [text], len(text)
    for at in count():
        more = piece(at)
        length += len(more)
        if length > size:
            return "".join(pieces)
        pieces.append(more)
    raise AssertionError


def value(key: str, sign: str, size: int) -> str:
    """A definition whose key holds a text of signs."""
    return HEAD + f'{key} = "{sign * ((size - 300) // len(sign))}"\n' + GOALS


def goal(keys: str, size: int) -> str:
    """A definition of goals that say this; # stands for a number of their own."""
    return until(size, SOUND, lambda at: f"[goals.g{at}]\n{keys}\n".replace("#", str(at)))


def shuffled(at: int) -> str:
    """Of the same letters in another order: what a comparison of names finds hardest."""
    letters = [*"abcdefghijklmnopqrstuvwxyz0123456789_"]
    for step in range(12):
        letters.append(letters.pop((at >> step) % 30))
    return "".join(letters)


KINDS: dict[str, Callable[[int], str]] = {
    "one key of many parts": lambda size: SOUND + ".".join("a" * ((size - 200) // 2)) + " = 1\n",
    "one heading of many parts": lambda size: SOUND + f"[{'.'.join('a' * ((size - 200) // 2))}]\n",
    "lists in lists": lambda size: SOUND + "z = " + "[" * (size // 3) + "]" * (size // 3) + "\n",
    "tables in tables": lambda size: SOUND + "z = " + "{a=" * (size // 5) + "1" + "}" * (size // 5),
    "unknown keys": lambda size: until(size, SOUND, lambda at: f"unknown_{at} = 1\n"),
    "unknown keys of shuffled letters": lambda size: until(
        size, SOUND, lambda at: f"{shuffled(at)} = 1\n"
    ),
    "unknown tables": lambda size: until(size, SOUND, lambda at: f"[t{at}]\nx = 1\n"),
    "dotted keys": lambda size: until(size, SOUND, lambda at: f"z{at}.y.x.w.v.u = 1\n"),
    "goals": lambda size: goal('kind = "action"', size),
    "goals of no kind": lambda size: goal('kind = "mileston"', size),
    "goals that require what is not there": lambda size: goal(
        'kind = "action"\nrequires = "no#"', size
    ),
    "goals when what is not there": lambda size: goal('kind = "action"\nwhen = "no#"', size),
    "goals whose windows contradict": lambda size: until(
        size,
        SOUND,
        lambda at: (
            f'[goals.g{at}]\nkind = "{"action" if at % 2 else "macro"}"\nwindow = "{1 + at % 2}d"\n'
        ),
    ),
    "small conditions": lambda size: goal('kind = "action"\nwhere = "a = 1"', size),
    "long conditions": lambda size: goal(f'kind = "action"\nwhere = "{WIDE}"', size),
    "bad conditions": lambda size: goal('kind = "action"\nwhere = "SELECT 1"', size),
    "deep conditions": lambda size: goal(
        f'kind = "action"\nwhere = "{"(" * 900}1{")" * 900} = 1"', size
    ),
    "negated conditions": lambda size: goal(
        f'kind = "action"\nwhere = "{"NOT " * 900}a = 1"', size
    ),
    "a long expression": lambda size: (
        goal('kind = "action"', 200)
        + '[goals.g]\nkind = "action"\nwhen = "'
        + " or ".join(f"c{at}" for at in range((size - 400) // 10))
        + '"\n'
    ),
    "arms": lambda size: HEAD.replace('"b"', ", ".join(['"b"'] * ((size - 300) // 5))) + GOALS,
    "steps": lambda size: SOUND + "[funnel]\nsteps = [" + '"s", ' * ((size - 300) // 5) + "]\n",
    "matches": lambda size: until(size, SOUND + "[exposure.match]\n", lambda at: f's{at} = "x"\n'),
    "segments": lambda size: until(size, SOUND + "[segments]\n", lambda at: f's{at} = "x"\n'),
    "fields": lambda size: until(
        size,
        SOUND + '[data]\nshape = "units"\nsource = "u.csv"\n[data.fields]\n',
        lambda at: f'f{at} = "x"\n',
    ),
    "past tests": lambda size: (
        HEAD
        + '[goals.cart]\nkind = "milestone"\nprior = { past = ['
        + "[1, 2], " * ((size - 300) // 8)
        + ']}\n[goals.buy]\nkind = "macro"\n'
    ),
    "phases": lambda size: until(
        size,
        SOUND,
        lambda _: "[[variants.ramp]]\nsince = 2026-01-01\nallocation = { a = 0.5, b = 0.5 }\n",
    ),
    "a long name": lambda size: value("experiment.hypothesis", "x", size),
    "a long kind": lambda size: value("goals.g.kind", "p", size),
    "half of many passwords": lambda size: value("experiment.key", "psw", size),
    "many colons": lambda size: value("experiment.timezone", ":a", size),
    "pairs that are no pairs": lambda size: value("data.shape", "a='b=1 c=2' ", size),
    "escapes": lambda size: value("z", "\\n", size),
    "quotes that do not end": lambda size: SOUND + '\\"""\n' * ((size - 300) // 5),
    "escaped quotes": lambda size: SOUND + 'z = "' + '\\"' * ((size - 300) // 2),
    "comments": lambda size: SOUND + "#\n" * ((size - 300) // 2),
    "spaces": lambda size: SOUND + " " * (size - 300),
    "one table again and again": lambda size: SOUND + "[x]\n" * ((size - 300) // 4),
}
