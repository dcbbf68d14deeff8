"""Copies of JSON in which numbers that stand for texts are texts, digit by digit."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any


class _Told(float):
    """A number with a point, and how it is written."""

    text: str

    def __new__(cls, text: str) -> _Told:
        made = super().__new__(cls, text)
        made.text = text
        return made


def write_texts(file: Path, columns: Collection[str]) -> None:
    """Write a file of JSON anew, one object a line, numbers in some columns as they stand.

    What is no JSON stays as it is and is refused by who reads it.
    """
    new = file.with_name(f"{file.name}.new")
    try:
        with file.open(encoding="utf-8") as lines, new.open("w", encoding="utf-8") as copy:
            for record in _records(lines):
                json.dump(_as_text(record, columns), copy, ensure_ascii=False)
                copy.write("\n")
    except ValueError:
        return
    new.replace(file)


def _as_text(record: Any, columns: Collection[str]) -> Any:
    if not isinstance(record, dict):
        return record
    return {key: _told(cell) if key in columns else cell for key, cell in record.items()}


def _told(cell: Any) -> Any:
    """A cell with its numbers, and those inside it, as they are written."""
    if isinstance(cell, dict):
        return {key: _told(inner) for key, inner in cell.items()}
    if isinstance(cell, list):
        return [_told(inner) for inner in cell]
    return cell.text if isinstance(cell, _Told) else cell


def _records(lines: IO[str]) -> Iterator[Any]:
    """The objects of a file, in a list or one after another."""
    first = lines.read(1)
    while first.isspace():
        first = lines.read(1)
    if first == "[":
        yield from json.loads(first + lines.read(), parse_float=_Told)
        return
    held = first
    for line in lines:
        held += line
        try:
            record = json.loads(held, parse_float=_Told)
        except json.JSONDecodeError:  # an object of several lines
            continue
        yield record
        held = ""
    if held.strip():
        json.loads(held)
