"""What every chapter rests on: counts of an arm, effects, score statistics, ratios."""
