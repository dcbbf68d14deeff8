"""A portfolio as text, Markdown, HTML, tables and a record."""
