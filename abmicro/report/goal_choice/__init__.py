"""A choice of goals as text, Markdown, HTML and a record."""
