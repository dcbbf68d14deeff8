"""Funnel and traffic without a test as text, Markdown, HTML and records."""
