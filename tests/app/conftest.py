"""A site in a folder of its own, and a browser that was given its key."""

from __future__ import annotations

from collections.abc import Iterator
from time import sleep

import pytest
from starlette.testclient import TestClient

from abmicro.app.runs.desk import Desk
from abmicro.app.shell.site import Site
from abmicro.app.web import pages_of


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for each file of tests: what it keeps goes by ids, so tests do not meet."""
    folder, own = tmp_path_factory.mktemp("tests"), tmp_path_factory.mktemp("desk")
    desk = Desk(own)
    yield Site(folder=folder, port=8765, desk=desk)
    desk.close()


@pytest.fixture
def stranger(site: Site) -> Iterator[TestClient]:
    """Somebody on this computer without the key."""
    with TestClient(pages_of(site), base_url=site.address, follow_redirects=False) as client:
        yield client


@pytest.fixture
def client(stranger: TestClient, site: Site) -> TestClient:
    """A browser after the first address; its posts come from our own pages."""
    stranger.get(f"/?key={site.key}")
    stranger.headers["origin"] = site.address
    return stranger


class Visitor:
    """Somebody who fills in forms without a script, and waits for pages of progress."""

    def __init__(self, client: TestClient, site: Site) -> None:
        self.client, self.token = client, site.token
        self.address, self.page = "", ""

    def goes(self, address: str) -> str:
        """The page of an address, after redirects and progress."""
        for _ in range(60):
            answer = self.client.get(address)
            if "location" in answer.headers:
                address = answer.headers["location"]
            elif "refresh" in answer.headers:
                sleep(0.2)
            else:
                break
        self.address, self.page, self.status = address, answer.text, answer.status_code
        return self.page

    def sends(self, address: str, *, file: tuple[str, bytes] | None = None, **fields: str) -> str:
        """The page after a form; where a file is chosen, its name and content."""
        data = {"token": self.token, **fields}
        files = None if file is None else {"upload": file}
        answer = self.client.post(address, data=data, files=files)
        if "location" in answer.headers:
            return self.goes(answer.headers["location"])
        self.page, self.status = answer.text, answer.status_code
        return self.page


@pytest.fixture
def visitor(client: TestClient, site: Site) -> Visitor:
    return Visitor(client, site)
