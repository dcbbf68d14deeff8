"""The joint table added up: everything an analysis or a plan takes from it."""
