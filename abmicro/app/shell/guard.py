"""Who may ask for a page: a browser on this computer that was given the key, from our own pages.

The order is that of cost: host, key, origin, size; a form's own token is checked when it is read.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Mapping
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode

from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from abmicro.app.shell.page import refusal
from abmicro.app.shell.site import Site, same

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
SAFE = ("GET", "HEAD")
OVERHEAD = 1_000_000
"""Bytes of a form around its file."""

NO_KEY = (
    "This page belongs to whoever started it",
    "Open the address that abmicro printed in its window: it holds the key.",
)
ELSEWHERE = (
    "This was not sent from a page of abmicro",
    "Go back to the page of abmicro and send the form from there.",
)
NO_HOST = (
    "This address is not one of abmicro's",
    "Open the address that abmicro printed in its window.",
)
STOPPED = (
    "abmicro was stopped while this was sent",
    "Start it again and send it once more; nothing that was saved is lost.",
)


class RequestGuard:
    """The pages behind their checks; every answer leaves with the same headers."""

    def __init__(self, pages: ASGIApp, site: Site) -> None:
        self.pages, self.site = pages, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say why not."""
        if scope["type"] != "http":
            await self.pages(scope, receive, send)
            return
        answer = self._checked(scope)
        if answer is None and _length(scope) > self.site.most_bytes + OVERHEAD:
            await _read_to_the_end(receive)
            answer = refusal(413, *self._too_large())
        asked, sent = self.pages if answer is None else answer, _with_headers(send)
        try:
            await asked(scope, receive, sent)
        except CancelledError:
            with suppress(RuntimeError):  # where an answer has begun
                await refusal(503, *STOPPED)(scope, receive, sent)

    def _checked(self, scope: Scope) -> Response | None:
        """None where the page may be asked for, else what to answer."""
        pairs = scope["headers"]
        headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in pairs}
        if headers.get("host") not in self.site.hosts:
            return refusal(400, *NO_HOST)
        if (opened := self._opening(scope)) is not None:
            return opened
        if not same(_cookie(headers, self.site.cookie), self.site.opened):
            return refusal(403, *NO_KEY)
        if scope["method"] not in SAFE and headers.get("origin") != f"http://{headers['host']}":
            return refusal(403, *ELSEWHERE)
        return None

    def _opening(self, scope: Scope) -> Response | None:
        """The key becomes a cookie at once, and leaves the address."""
        asked = parse_qs(scope["query_string"].decode("latin-1"))
        if scope["method"] not in SAFE or not same(asked.pop("key", [""])[0], self.site.key):
            return None
        rest = f"?{urlencode(asked, doseq=True)}" if asked else ""
        answer = RedirectResponse("/" + scope["path"].lstrip("/") + rest, 303)
        answer.set_cookie(self.site.cookie, self.site.opened, httponly=True, samesite="strict")
        return answer

    def _too_large(self) -> tuple[str, str]:
        most = self.site.most_bytes // 1_000_000
        what = f"The file is larger than {most:,} MB"
        return what, "Leave out columns you do not need, or save it as Parquet, which is smaller."


def _cookie(headers: Mapping[str, str], name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _length(scope: Scope) -> int:
    """Bytes that the browser is about to send, as it says; too many where it does not say."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    if b"transfer-encoding" in headers:
        return 1 << 62
    told = headers.get(b"content-length", b"0")
    return int(told) if told.isdigit() else 1 << 62


async def _read_to_the_end(receive: Receive) -> None:
    """Take what is sent and drop it: a browser reads no answer before it has sent all."""
    while True:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            own: dict[bytes, Any] = dict(message["headers"])
            ours = [(name.lower().encode(), text.encode()) for name, text in HEADERS.items()]
            message["headers"] = [*message["headers"], *(one for one in ours if one[0] not in own)]
        await send(message)

    return sent
