"""A plan as ASCII text, as Markdown, for a terminal, as one HTML page."""

from __future__ import annotations

from abmicro.report.plan import document
from abmicro.report.render.forms import Forms

_FORMS = Forms(document.of, "abmicro.report.plan.charts")
text, markdown, terminal = _FORMS.text, _FORMS.markdown, _FORMS.terminal
html, fragment = _FORMS.html, _FORMS.fragment
