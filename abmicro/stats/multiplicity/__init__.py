"""Several hypotheses or several arms at once."""
