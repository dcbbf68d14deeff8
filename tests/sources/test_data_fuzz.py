"""Data files as exports and disks spoil them: each is counted or refused, with place and remedy."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

import abmicro as ab
from abmicro.errors import AbmicroError
from abmicro.plain_text import clean
from abmicro.sources.inspection.inspect import sniff

from ..examples import SEED

FILES = 300
UNITS = "id,arm,device,cart,buy,money\n" + "".join(
    f"{at},{'AB'[at % 2]},{('phone', 'desk')[at % 3 == 0]},{int(at % 3 == 0)},{int(at % 6 == 0)},"
    f"{at % 7}.5\n"
    for at in range(40)
)
EVENTS = "u,t,e,arm,device,money\n" + "".join(
    f"u{at % 20},2026-10-{5 + at % 9:02} 0{at % 9}:00:00,{('cart', 'buy', 'see')[at % 3]},"
    f"{'AB'[at % 2]},phone,{at % 5}.25\n"
    for at in range(60)
)
COUNTS = "arm,day,units,cart,buy\n" + "".join(
    f"{arm},2026-10-{day:02},{100 + day},{30 + day},{10 + day}\n"
    for day in range(5, 9)
    for arm in "AB"
)
SHAPES = {"units": UNITS, "events": EVENTS, "counts": COUNTS}
COLUMNS = {
    "units": 'columns = { variant = "arm", unit = "id" }',
    "events": 'columns = { unit = "u", time = "t", event = "e", variant = "arm" }',
    "counts": 'columns = { variant = "arm", units = "units", period = "day" }',
}
ODD = ["", " ", "NaN", "inf", "-1", "1e999", "99999999999999999999", "0x10", "1,5", "1.000,5"]
ODD += ["NULL", "yes", "TRUE", "2026-02-30", "09/01/2026", "1970-01-01T00:00:00+14:00", "A", "C"]
ODD += ["=1+1", "\x1b[2J", "\u202e", "é", "👩", "x" * 3000, '"', '""', "'", ";", "\t", "\\", "\x00"]
ODD += ["\r", "\ufeff", "%", "${HOME}", "{}", "[1]"]


def cells(text: str, dice: random.Random) -> str:
    """Some cells hold something odd, be it the header's."""
    lines = [line.split(",") for line in text.splitlines()]
    for _ in range(dice.randrange(1, 6)):
        line = dice.choice(lines)
        line[dice.randrange(len(line))] = dice.choice(ODD)
    return "\n".join(map(",".join, lines)) + "\n"


def lines_of(text: str, dice: random.Random) -> str:
    """Lines are lost, doubled, swapped, cut or added."""
    lines = text.splitlines()
    for _ in range(dice.randrange(1, 5)):
        at = dice.randrange(len(lines))
        lines[at : at + dice.randrange(3)] = dice.choice(
            [
                [],
                [lines[at]] * 2,
                [lines[at][: dice.randrange(9)]],
                ["Total,,,,"],
                [""],
                [dice.choice(ODD)],
            ]
        )
        if not lines:
            return ""
    return dice.choice(["\n", "\r\n", "\n\n", "\r"]).join(lines)


def separated(text: str, dice: random.Random) -> str:
    return text.replace(",", dice.choice([";", "\t", "|", ", ", ',"']))


SPOILERS = (cells, cells, cells, lines_of, separated)
FORMS = ["csv"] * 6 + ["tsv", "csv.gz", "jsonl", "parquet"]


def encoded(text: str, dice: random.Random) -> bytes:
    """The text as bytes of some encoding, now and then with bytes gone wrong."""
    form = dice.choice(["utf-8"] * 6 + ["utf-8-sig", "utf-16", "cp1252", "utf-16-le"])
    content = bytearray(text.encode(form, "replace"))
    if dice.random() < 0.25 and content:
        for _ in range(dice.randrange(1, 5)):
            content[dice.randrange(len(content))] = dice.randrange(256)
    if dice.random() < 0.05:
        del content[dice.randrange(len(content) + 1) :]
    return bytes(content)


def written(folder: Path, text: str, dice: random.Random) -> str:
    """The name of a file that holds the text in some form."""
    content, form = encoded(text, dice), dice.choice(FORMS)
    name = f"data.{form}"
    if form == "csv.gz":
        content = gzip.compress(content)[: dice.choice([None, None, 30])]
    elif form in ("jsonl", "parquet"):
        content = converted(folder, text, form) or content
    (folder / name).write_bytes(content)
    return name


def converted(folder: Path, text: str, form: str) -> bytes | None:
    """The rows as JSON lines or Parquet; None where they are no table."""
    header, *rows = [line.split(",") for line in text.splitlines() if line] or [[""]]
    if len(set(header)) < len(header) or any(len(row) != len(header) for row in rows) or not rows:
        return None
    table = pa.table({name: [row[at] for row in rows] for at, name in enumerate(header)})
    if form == "jsonl":
        return "".join(json.dumps(row) + "\n" for row in table.to_pylist()).encode()
    parquet.write_table(table, file := folder / "made")
    return file.read_bytes()


def hold(seed: str, folder: Path) -> None:
    """Count one file, and look at it as `init` does."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    shape = dice.choice([*SHAPES])
    name = written(folder, dice.choice(SPOILERS)(SHAPES[shape], dice), dice)
    (folder / "experiment.toml").write_text(
        '[experiment]\nname = "F"\n[variants]\narms = ["A", "B"]\n'
        f'[data]\nshape = "{shape}"\nsource = "{name}"\n{COLUMNS[shape]}\n'
        '[goals.cart]\nkind = "milestone"\n[goals.buy]\nkind = "macro"\n'
        + ('[goals.money]\nkind = "macro"\nvalue = "money"\n' if shape == "units" else "")
        + ('[segments]\ndevice = "device"\n' if shape != "counts" else ""),
        encoding="utf-8",
    )
    for task in (lambda: ab.collect(ab.load(folder / "experiment.toml"), folder=folder),
                 lambda: sniff(str(folder / name))):  # fmt: skip
        try:
            task()
        except AbmicroError as error:
            problems = error.problems
        except Exception as error:
            pytest.fail(f"{seed} ({shape}, {name}): {type(error).__name__}: {error}")
        else:
            problems = ()
        for problem in problems:
            assert problem.where, f"{seed}: {problem}"
            assert problem.what, f"{seed}: {problem}"
        told = "".join(str(AbmicroError(one)) for one in problems)
        assert clean(told) == told, seed


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("part", range(2))
def test_spoilt_files_are_counted_or_refused_in_words(tmp_path: Path, part: int) -> None:
    for at in range(part, FILES, 2):
        hold(f"{SEED}:{at}", tmp_path)


@pytest.mark.filterwarnings("ignore")
def test_some_spoilt_files_are_new_in_every_run(tmp_path: Path) -> None:
    fresh = random.SystemRandom().randrange(10**9)
    for at in range(8):
        hold(f"{fresh}:{at}", tmp_path)
