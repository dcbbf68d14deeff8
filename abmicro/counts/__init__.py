"""The joint table every analysis starts from, and its form as rows of a file."""

from abmicro.counts.cells import ANALYSED, CROSSED, STEPS
from abmicro.counts.parts import Apart, LedgerEntry, LeftOut, Origin
from abmicro.counts.table import JointCounts

__all__ = [
    "ANALYSED",
    "CROSSED",
    "STEPS",
    "Apart",
    "JointCounts",
    "LedgerEntry",
    "LeftOut",
    "Origin",
]
