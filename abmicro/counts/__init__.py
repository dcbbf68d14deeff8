"""The joint table every analysis starts from, histograms beside it, and their forms as files."""

from abmicro.counts.cells import ANALYSED, CROSSED, NO_SESSION, SESSION_HITS, STEPS
from abmicro.counts.exposed import exposed
from abmicro.counts.histograms import FIGURES, Histogram, Histograms
from abmicro.counts.parts import Apart, LedgerEntry, LeftOut, Origin
from abmicro.counts.table import JointCounts

__all__ = [
    "ANALYSED",
    "CROSSED",
    "FIGURES",
    "NO_SESSION",
    "SESSION_HITS",
    "STEPS",
    "Apart",
    "Histogram",
    "Histograms",
    "JointCounts",
    "LedgerEntry",
    "LeftOut",
    "Origin",
    "exposed",
]
