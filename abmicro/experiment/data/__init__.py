"""Where the data are and what their columns and rows mean."""
