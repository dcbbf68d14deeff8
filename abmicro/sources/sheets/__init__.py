"""Sheets of counts as people keep them: any layout in, one table of counts out."""
