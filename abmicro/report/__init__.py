"""From findings to text, Markdown, HTML, records and charts; computes nothing."""
