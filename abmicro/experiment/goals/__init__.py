"""What a unit can reach: goals, goals derived from goals, and what was believed of their rates."""
