"""The looks of a test as lines of JSON in a file beside its definition.

The file is read by every later look: a plan that was changed after a look is refused, unless a
reason is given, which every later report repeats.
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from abmicro.errors import DefinitionError, Problem, SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from abmicro.analysis.monitoring.looks_record import LooksRecord, RecordedLook
    from abmicro.experiment.model import Experiment


def looks_path(file: Path, experiment: Experiment) -> Path:
    """Where the looks of a definition are written down."""
    return file.parent / f"{experiment.key}.looks.jsonl"


def read_looks(file: Path, experiment: Experiment, reason: str = "") -> LooksRecord:
    """The looks that were written down; none where there is no file.

    reason: why the plan may have changed since.
    Raises SourceError for a file that holds something else, DefinitionError where the plan of the
    definition is not that of the last look and no reason was given, or none would do.
    """
    from abmicro.analysis.monitoring.looks_record import LooksRecord, is_replan

    path = looks_path(file, experiment)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return LooksRecord()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(_broken(path, f"cannot be read: {error}")) from None
    lines = enumerate(text.splitlines(), 1)
    record = LooksRecord(tuple(_look(path, number, line) for number, line in lines if line))
    changed = record.changed(experiment)
    if not changed:
        return record
    if reason and is_replan([*changed]):
        return replace(record, reason=reason)
    raise DefinitionError(*_changes(changed, len(record.looks), reason=reason))


def recorded_caps(folder: Path, experiment: Experiment) -> dict[str, float | None]:
    """What amounts were capped at by the first look, of goals whose cap is a share of them.

    A file that cannot be read caps nothing: `read_looks` says what is wrong with it.
    """
    shares = {goal.name for goal in experiment.goals if isinstance(goal.cap, str)}
    try:
        text = looks_path(folder / "-", experiment).read_text(encoding="utf-8") if shares else ""
        caps = json.loads(text.partition("\n")[0]).get("caps", {}) if text else {}
    except (OSError, ValueError, AttributeError):
        return {}
    return {name: caps[name] for name in sorted(shares & caps.keys())}


def write_looks(
    file: Path, experiment: Experiment, looks: LooksRecord, new: Sequence[RecordedLook]
) -> None:
    """Add looks to the file of a definition, whole or not at all."""
    from abmicro.atomic_files import write_text

    if new:
        lines = (one.line() for one in (*looks.looks, *new))
        write_text(looks_path(file, experiment), "".join(f"{line}\n" for line in lines))


def _look(path: Path, number: int, line: str) -> RecordedLook:
    from abmicro.analysis.monitoring.looks_record import RecordedLook

    try:
        found: dict[str, Any] = json.loads(line)
        wanted = {one.name for one in fields(RecordedLook)}
        if not isinstance(found, dict) or not wanted - {"reason", "caps"} <= found.keys() <= wanted:
            raise ValueError
        return RecordedLook(**found)
    except ValueError:
        raise SourceError(_broken(path, f"line {number} is no look")) from None


def _broken(path: Path, what: str) -> Problem:
    hint = "put the file back as it was, or give the test a new key"
    return Problem(path.name, what, "E356", hint)


def _changes(
    changed: dict[str, tuple[Any, Any]], looks: int, *, reason: str
) -> tuple[Problem, ...]:
    """What was changed after a look, and what would do."""
    from abmicro.analysis.monitoring.looks_record import is_replan

    told = []
    for name, (before, now) in changed.items():
        where = name if "." in name else f"experiment.{name}"
        if name == "start":
            what = f"moved from {before} to {now} after {_so_many(looks)}"
            told.append(Problem(where, what, "E357", "give the restarted test a new key"))
            continue
        what = f"{_said(before)} became {_said(now)} after {_so_many(looks)}"
        hint = "put it back, or give the changed test a new key"
        if is_replan([name]) and not reason:
            hint = "put it back, or say why: --replan REASON"
        told.append(Problem(where, what, "E357", hint))
    return tuple(told)


def _so_many(looks: int) -> str:
    return f"{looks} look{'s' * (looks > 1)}"


def _said(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
