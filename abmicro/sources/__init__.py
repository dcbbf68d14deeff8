"""From an experiment and its data to the joint table."""
