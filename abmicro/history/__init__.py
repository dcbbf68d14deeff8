"""Past tests kept as plain files, and what they hold as arrays for `stats.programme`.

`History` loads a folder of finished tests (`PastTest`), adds to it and gives the log lifts of goals
over all of them (`PastLifts`). What these say about a new test is the work of `analysis`.
"""

from abmicro.history.lifts import PastLifts
from abmicro.history.past_test import PastTest, finished_test
from abmicro.history.settings import HistorySettings
from abmicro.history.store import History

__all__ = [
    "History",
    "HistorySettings",
    "PastLifts",
    "PastTest",
    "finished_test",
]
