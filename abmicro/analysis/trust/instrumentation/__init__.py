"""Faults of recording that fake a micro gain or loss: their checks, and the lift without them."""

from abmicro.analysis.trust.instrumentation.find import Faults, find_faults

__all__ = ["Faults", "find_faults"]
