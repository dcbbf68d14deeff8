"""What the site makes of the package: reference pages, and lists of parameters."""

from __future__ import annotations

from typing import Any

from site_pages import assemble, docstrings


def setup(app: Any) -> dict[str, bool]:
    """Tell Sphinx what to call, and when."""
    app.connect("builder-inited", assemble.write_pages)
    app.connect("autodoc-process-docstring", docstrings.process)
    app.connect("autodoc-process-signature", docstrings.signed)
    app.connect("autodoc-skip-member", docstrings.skip)
    app.connect("build-finished", assemble.write_summary)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
