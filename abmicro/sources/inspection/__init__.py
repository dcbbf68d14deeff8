"""A first look at data that nobody has described yet."""
