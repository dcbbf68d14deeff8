"""Measures of mediation and surrogacy for experts, each with its assumption."""
