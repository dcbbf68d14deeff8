"""The sections of a report: an analysis as headings, tables, charts and notes."""
