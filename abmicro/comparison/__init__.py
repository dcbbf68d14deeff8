"""Counts at hand, typed or named, straight to their analysis."""
