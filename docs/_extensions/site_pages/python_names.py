"""The public names of the package and of its chapters of statistics."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import abmicro
from abmicro import stats

FACE = """# Python

`import abmicro as ab` gives these names; each is loaded when it is first used.
"""
HOW = """`from abmicro.stats import proportions` gives a chapter. Arrays in, arrays out:
counts of any shapes that broadcast come back as results of that shape. Nothing here knows files or
experiments.
"""
QUESTION = re.compile(r"^ {4}(.*?)(?: {2,}(\S.*))?$")
AUTO = "```{{eval-rst}}\n.. {directive}:: {name}\n{options}```\n"
MEMBERS = "   :members:\n   :inherited-members: tuple, Exception, BaseException, dict, str, int\n"


def face_page() -> str:
    """What `import abmicro` gives."""
    return "\n".join([FACE, *(_entry("abmicro", abmicro, name) for name in abmicro.__all__)])


def chapter_pages() -> Iterator[tuple[str, str]]:
    """A page for each chapter of the statistics, and one that leads from a question to them."""
    listed = "\n".join(f"stats-{chapter}" for chapter in stats.CHAPTERS)
    tree = f"```{{toctree}}\n:hidden:\n\n{listed}\n```"
    yield "stats.md", f"# Statistics, by question\n\n{HOW}\n{tree}\n{_questions()}\n"
    for chapter in stats.CHAPTERS:
        module = import_module(f"abmicro.stats.{chapter}")
        yield f"stats-{chapter}.md", _chapter(chapter, module)


def _questions() -> str:
    """The index of the statistics, each function a link to its entry."""
    _, _, index = inspect.cleandoc(stats.__doc__ or "").partition("Which function answers")
    made: list[str] = []
    for line in index.splitlines()[1:]:
        if line and not line.startswith(" "):
            made += ["", f"## {line}", ""]
        elif line.startswith(" " * 8):
            made[-1] += " " + _linked(line.strip())
        elif found := QUESTION.match(line):
            made.append(f"- {found[1]} {_linked(found[2] or '')}".rstrip())
    return "\n".join(made)


def _linked(text: str) -> str:
    """Text in which every `chapter.name` leads to its entry."""
    chapters = "|".join(stats.CHAPTERS)
    return re.sub(rf"\b(?:{chapters})\.\w+", r"{py:obj}`\g<0> <abmicro.stats.\g<0>>`", text)


def names_of(module: ModuleType) -> list[str]:
    """The public names of a chapter, as its face lists them."""
    return [name for name in dir(module) if not name.startswith("_")]


def _chapter(chapter: str, module: ModuleType) -> str:
    first, _, rest = inspect.cleandoc(module.__doc__ or "").partition("\n")
    head = f"# {chapter}: {first.rstrip('.')}\n\n{_listed(chapter, rest)}\n"
    entries = [_entry(f"abmicro.stats.{chapter}", module, name) for name in names_of(module)]
    return "\n".join([head, *entries])


def _listed(chapter: str, text: str) -> str:
    """What a chapter says of its names, each a link: a line, then the names set in below."""
    made: list[str] = []
    for line in text.strip().splitlines():
        if line.startswith(" "):
            home = f"abmicro.stats.{chapter}"
            made[-1] += " " + re.sub(r"\w+", rf"{{py:obj}}`\g<0> <{home}.\g<0>>`", line.strip())
        elif line:
            made.append(f"- {line}:" if not line.endswith((".", ":", "?")) else f"- {line}")
    return "\n".join(made)


def _entry(home: str, module: ModuleType, name: str) -> str:
    thing = getattr(module, name)
    if inspect.isclass(thing):
        is_model = hasattr(thing, "model_fields")
        options = "   :no-index-entry:\n" if is_model else MEMBERS
        return AUTO.format(directive="autoclass", name=f"{home}.{name}", options=options)
    kind = "autofunction" if inspect.isroutine(thing) else "autodata"
    return AUTO.format(directive=kind, name=f"{home}.{name}", options="")
