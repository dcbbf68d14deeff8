"""What a form sends: read once, its token checked, its fields as text or as a number."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from abmicro.app.shell.guard import ELSEWHERE
from abmicro.app.shell.page import refusal
from abmicro.app.shell.site import Site, same
from abmicro.frozen import frozen

LONGEST_FIELD = 200_000
MOST_FIELDS = 2_000

Endpoint = Callable[[Request], Awaitable[Response]]


@frozen
class Mistake:
    """Something that is wrong on a page.

    field: id of the element, empty for none. text: what is wrong. remedy: what to do, a sentence.
    label: what the field is called, for a list that does not stand beside it.
    """

    text: str
    field: str = ""
    remedy: str = ""
    code: str = ""
    label: str = ""


@frozen
class SentForm:
    """What was sent. texts: field to text, the last one sent. files: field to what was chosen."""

    texts: dict[str, str]
    files: dict[str, UploadFile]

    def text(self, name: str) -> str:
        """A field without blanks around it; empty where it was not sent."""
        return self.texts.get(name, "").strip()


def posted(handle: Callable[[Site, Request, SentForm], Response]) -> Endpoint:
    """An endpoint of a form: the form is read and its token checked before `handle` sees it."""

    async def endpoint(request: Request) -> Response:
        site: Site = request.app.state.site
        try:
            async with request.form(
                max_files=1, max_fields=MOST_FIELDS, max_part_size=LONGEST_FIELD
            ) as sent:
                form = _read(sent)
                if not same(form.texts.pop("token", ""), site.token):
                    return refusal(403, *ELSEWHERE)
                return await run_in_threadpool(handle, site, request, form)
        except HTTPException:
            what = "That is more than a form of this page takes"
            return refusal(413, what, "Save it as a file and choose it under File.")
        except ClientDisconnect:  # a tab that was closed, or a reload while the form was sent
            return Response(status_code=400)
        except OSError as error:
            what = f"That could not be kept: {(error.strerror or str(error)).lower()}"
            return refusal(507, what, "Make room on this computer, then send it once more.")

    return endpoint


def _read(sent: FormData) -> SentForm:
    found: dict[str, Any] = {"texts": {}, "files": {}}
    for name, value in sent.multi_items():
        found["texts" if isinstance(value, str) else "files"][name] = value
    return SentForm(**found)


def amount(text: str) -> float | None:
    """A number as people type it, with signs between thousands; None for anything else.

    >>> amount("26,000"), amount("2.5"), amount("2,5"), amount("many")
    (26000.0, 2.5, 2.5, None)
    """
    plain = re.sub(r"[\s'\u00a0\u202f]", "", text).removesuffix("%")
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(\.\d{3}){2,}(,\d+)?", plain):
        plain = plain.replace(".", "").replace(",", ".")
    plain = plain.replace(",", ".")
    return float(plain) if re.fullmatch(r"\d{1,15}(\.\d{1,9})?", plain) else None
