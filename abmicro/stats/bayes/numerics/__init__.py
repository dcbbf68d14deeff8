"""Distributions of sums of logarithms by quadrature, without draws."""
