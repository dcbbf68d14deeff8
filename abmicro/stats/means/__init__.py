"""Means of a value per unit, ratios of means, and adjustment by covariates."""
