"""Bayesian methods: priors, and what follows from them for rates, values and pairs of goals."""
