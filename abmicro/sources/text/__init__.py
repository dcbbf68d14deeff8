"""Cells of text files: one grammar of numbers and times, and what each column is read as."""
