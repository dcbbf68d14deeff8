"""Who is let in: every attack on a page that listens on a computer's own address."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from abmicro.app.shell.site import Site

pytestmark = pytest.mark.journey

PAGES = ["/", "/counts", "/static/app.css", "/counts/answer.html?s="]


@pytest.mark.parametrize("page", PAGES)
def test_without_the_key_there_is_no_page(stranger: TestClient, page: str) -> None:
    answer = stranger.get(page)
    assert answer.status_code == 403
    assert "the address that abmicro printed" in answer.text


def test_another_key_opens_nothing(stranger: TestClient, site: Site) -> None:
    assert stranger.get(f"/?key={site.key.swapcase()}").status_code == 403
    stranger.cookies.set(site.cookie, site.key)
    assert stranger.get("/counts").status_code == 403


def test_the_key_becomes_a_cookie_at_once(stranger: TestClient, site: Site) -> None:
    answer = stranger.get(f"/counts?key={site.key}&s=a")
    assert (answer.status_code, answer.headers["location"]) == (303, "/counts?s=a")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert site.key not in cookie
    assert stranger.get("/counts").status_code == 200


def test_the_key_leads_to_no_other_site(stranger: TestClient, site: Site) -> None:
    answer = stranger.get(f"//evil.example/?key={site.key}")
    assert not answer.headers.get("location", "/").startswith("//")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:1", "127.0.0.1:8765.evil.example", ""])
def test_a_foreign_host_gets_nothing(client: TestClient, host: str) -> None:
    answer = client.get("/counts", headers={"host": host})
    assert answer.status_code == 400
    assert "token" not in answer.text


def test_localhost_is_this_computer_too(client: TestClient) -> None:
    assert client.get("/counts", headers={"host": "localhost:8765"}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:9", None])
def test_a_post_from_elsewhere_is_refused(
    client: TestClient, site: Site, origin: str | None
) -> None:
    headers = client.headers
    headers.pop("origin")
    if origin is not None:
        headers["origin"] = origin
    answer = client.post("/counts", data={"token": site.token, "paste": "x"})
    assert answer.status_code == 403


@pytest.mark.parametrize("token", ["", "0", "é"])
def test_a_post_without_the_token_is_refused(client: TestClient, token: str) -> None:
    answer = client.post("/counts", data={"token": token, "paste": "a"})
    assert answer.status_code == 403
    assert "not sent from a page of abmicro" in answer.text


def test_every_answer_leaves_with_the_same_policy(stranger: TestClient, client: TestClient) -> None:
    for page in ("/counts", "/none", "/static/app.js"):
        headers = client.get(page).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers


def test_no_page_holds_a_script_or_style_of_its_own(client: TestClient) -> None:
    page = client.get("/counts").text
    assert re.findall(r"<script(?! src)|<style| style=| on\w+=|javascript:", page) == []
    assert re.findall(r'(?:src|href|action)="https?:', page) == []


@pytest.mark.parametrize(
    "name", ["../site.py", "..%2f..%2fsite.py", "%2e%2e/%2e%2e/etc/passwd", "site.py", "app.css/.."]
)
def test_static_files_are_those_few(client: TestClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_a_form_that_is_too_large_says_what_to_do(client: TestClient, site: Site) -> None:
    answer = client.post("/counts", data={"token": site.token, "paste": "1" * 10_000_000})
    assert answer.status_code == 413
    assert "choose it under File" in answer.text


def test_more_than_an_upload_is_refused_by_its_length(client: TestClient, site: Site) -> None:
    length = str(site.most_bytes * 2)
    answer = client.post("/counts", headers={"content-length": length}, content=b"")
    assert answer.status_code == 413
    assert "larger than 200 MB" in answer.text
    chunked = client.post("/counts", content=(one for one in [b"token=1"]))
    assert chunked.status_code == 413
