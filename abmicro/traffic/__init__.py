"""Funnel and traffic without a test: what `health` finds in a joint table."""
