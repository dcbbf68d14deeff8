"""From findings to text, Markdown, HTML, records and charts; computes nothing.

words, tables      what is said: labels in words, cells with rounded numbers
outline            in which order, for text, terminal and Markdown alike
charts, drawing    matplotlib figures; svg turns them into part of a page
html, templates    the one-file report
record, plain      JSON both ways, CSV
"""
