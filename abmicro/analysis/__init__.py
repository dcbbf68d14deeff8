"""From an experiment and its joint table to findings and a verdict."""
