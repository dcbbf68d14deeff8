"""The figures of an analysis computed a second time, by libraries that share no line with ours."""

from __future__ import annotations

from abmicro.second_opinion.opinions import Opinion, SecondOpinion, second_opinion

__all__ = ["Opinion", "SecondOpinion", "second_opinion"]
