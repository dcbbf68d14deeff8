"""How Sphinx builds the site: offline, from the package itself; a warning is an error."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_extensions"), str(HERE.parent)]

import abmicro  # noqa: E402

project = "abmicro"
author = "The authors of abmicro"
copyright = "2026, the authors of abmicro"  # noqa: A001
version = release = abmicro.__version__

extensions = ["sphinx.ext.autodoc", "myst_nb", "site_pages"]
root_doc = "index"
exclude_patterns = ["_build", "_extensions", "jupyter_execute"]  # the last is made by MyST-NB
source_suffix = {".md": "myst-nb", ".ipynb": "myst-nb"}

default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_preserve_defaults = True
add_module_names = False
python_maximum_signature_line_length = 500

nb_execution_mode = "off"  # the tests run them; the site shows what they printed
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
suppress_warnings = ["mystnb.unknown_mime_type", "misc.highlighting_failure"]

html_theme = "furo"
html_title = "abmicro"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
