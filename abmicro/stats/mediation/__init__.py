"""Measures of one experiment for experts: each rests on an assumption that its docstring names."""
