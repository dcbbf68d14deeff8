"""What does not fit is refused by name before anything is counted."""
