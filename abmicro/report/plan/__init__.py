"""From a plan to text, Markdown, HTML, records and charts; computes nothing."""
