"""What is asked of a goal, and at which level: the planned test and the family it belongs to."""
