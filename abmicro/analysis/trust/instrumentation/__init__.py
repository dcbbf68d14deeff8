"""Faults of recording that fake a micro gain or loss: their checks, and the lift without them."""

from abmicro.analysis.trust.instrumentation.find import Faults, find_faults
from abmicro.marginals.pattern_counts import Recorded

__all__ = ["Faults", "Recorded", "find_faults"]
