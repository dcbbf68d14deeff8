"""`analyze --second-opinion`: our figures beside those of scipy and statsmodels."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from abmicro.cli.output import give, log, misuse

if TYPE_CHECKING:
    from abmicro.analysis.results import Analysis
    from abmicro.counts import JointCounts
    from abmicro.second_opinion import Opinion, SecondOpinion

OPTION = "--second-opinion"


def refuse_second_opinion(segment: str | None) -> None:
    """Raise now, not after the work, where it cannot be had."""
    if segment is not None:
        raise misuse(OPTION, "a segment has no second opinion", "ask without --segment")
    if find_spec("statsmodels") is None:
        hint = "install it: pip install 'abmicro[check]'"
        raise misuse(OPTION, "statsmodels is not installed", hint)


def give_second_opinion(analysis: Analysis, counts: JointCounts, output: str | None) -> int:
    """Print every figure twice; exit status 1 where two do not agree."""
    from abmicro.second_opinion import second_opinion

    found = second_opinion(analysis, counts)
    give("\n".join([*_lines(found), ""]), output)
    if not found.agrees:
        log("abmicro: figures disagree: please report this with the lines above", at=-1)
    return int(not found.agrees)


def _lines(found: SecondOpinion) -> list[str]:
    wide = max((len(one.what) for one in found.opinions), default=0)
    head = f"{'figure':{wide}}  {'ours':>15}  {'theirs':>15}  {'apart':>8}        by"
    lines = [head, *(_line(one, wide) for one in found.opinions), ""]
    agreed = sum(one.agrees for one in found.opinions)
    lines.append(f"{agreed} of {len(found.opinions)} figures agree.")
    if found.without:
        lines += ["No second road is known for:", *(f"  - {one}" for one in found.without)]
    return lines


def _line(one: Opinion, wide: int) -> str:
    word = "same  " if one.agrees else "DIFFER"
    figures = f"{one.ours:>15.8g}  {one.theirs:>15.8g}  {one.apart:>8.1e}"
    return f"{one.what:{wide}}  {figures}  {word}  {one.by}"
