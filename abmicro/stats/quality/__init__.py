"""Faults of recording that fake a micro gain or loss, each seen in counts alone."""
