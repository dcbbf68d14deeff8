"""A site in a folder of its own, and a browser that was given its key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from abmicro.app.site import Site
from abmicro.app.web import pages_of


@pytest.fixture
def site(tmp_path: Path) -> Site:
    folder = tmp_path / "tests"
    folder.mkdir()
    return Site(folder=folder, port=8765)


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
