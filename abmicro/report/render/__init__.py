"""The renderers: the blocks of a document as text, Markdown, HTML or for a terminal."""
