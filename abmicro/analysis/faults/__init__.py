"""Faults of recording that fake a micro gain or loss: their checks, and the lift without them."""

from abmicro.analysis.faults.find import Faults, find_faults
from abmicro.analysis.faults.recorded import Recorded

__all__ = ["Faults", "Recorded", "find_faults"]
