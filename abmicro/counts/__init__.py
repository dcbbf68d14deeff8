"""The joint table every analysis starts from, histograms beside it, and their forms as files."""

from abmicro.counts.entry_days import entered_by
from abmicro.counts.exclusion import leave_out
from abmicro.counts.exposed import exposed
from abmicro.counts.histograms import FIGURES, Histogram, Histograms
from abmicro.counts.joint_counts import JointCounts
from abmicro.counts.records import AccountLine, Apart, LedgerEntry, LeftOut, Origin
from abmicro.counts.row_format import ANALYSED, CROSSED, NO_SESSION, SESSION_HITS, STEPS
from abmicro.counts.snapshots import Snapshots

__all__ = [
    "ANALYSED",
    "CROSSED",
    "FIGURES",
    "NO_SESSION",
    "SESSION_HITS",
    "STEPS",
    "AccountLine",
    "Apart",
    "Histogram",
    "Histograms",
    "JointCounts",
    "LedgerEntry",
    "LeftOut",
    "Origin",
    "Snapshots",
    "entered_by",
    "exposed",
    "leave_out",
]
