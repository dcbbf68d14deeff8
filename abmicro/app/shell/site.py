"""What one run of `abmicro app` is told: its folder, its port and its secrets."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import field
from pathlib import Path

from abmicro.app.runs.desk import Desk
from abmicro.frozen import frozen

MEGABYTE = 1_000_000


@frozen
class Site:
    """The pages of one run.

    folder: where definitions, history and reports are kept; pages see no other folder.
    port: on the loopback address. desk: its uploads and runs. key: opens the first page.
    most_bytes: of an upload.
    """

    folder: Path
    port: int
    desk: Desk
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    most_bytes: int = 200 * MEGABYTE

    @property
    def address(self) -> str:
        """Where the pages are, without the key."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def first_address(self) -> str:
        """The address that opens the pages."""
        return f"{self.address}/?key={self.key}"

    @property
    def hosts(self) -> frozenset[str]:
        """What a browser on this computer calls the site."""
        return frozenset({f"127.0.0.1:{self.port}", f"localhost:{self.port}"})

    @property
    def cookie(self) -> str:
        """The name of the cookie; cookies do not tell ports apart, so two runs need two names."""
        return f"abmicro_{self.port}"

    @property
    def opened(self) -> str:
        """What the cookie holds: made from the key, which no page sees again."""
        return self._made("cookie")

    @property
    def token(self) -> str:
        """What every form carries, so that no other site's form is taken for one of these."""
        return self._made("form")

    def _made(self, what: str) -> str:
        return hmac.new(self.key.encode(), what.encode(), "sha256").hexdigest()


def same(given: str | None, wanted: str) -> bool:
    """Whether two secrets are alike, in a time that does not tell how far they are."""
    return hmac.compare_digest((given or "").encode("utf-8", "replace"), wanted.encode())
