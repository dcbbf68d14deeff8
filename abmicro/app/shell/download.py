"""Files that a page gives away."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from abmicro.experiment.model import slug


def attached(content: str | bytes, name: str, kind: str) -> Response:
    """A file to save under a name, never shown as a page of ours."""
    head = {"Content-Disposition": f'attachment; filename="{quote(name)}"'}
    return Response(content, media_type=kind, headers=head)


def file_name(name: str) -> str:
    """A short plain name for a file.

    >>> file_name("Größerer Knopf / 2")
    'grosserer-knopf-2'
    """
    return slug(name)[:60].strip("-") or "test"
