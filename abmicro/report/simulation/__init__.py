"""The verdict on trial as text, Markdown, HTML and a record."""
