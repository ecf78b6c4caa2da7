"""Light or dark."""

import pytest
from django.test import Client
from django.urls import reverse


@pytest.fixture
def address() -> str:
    return reverse("set_theme")


def test_a_theme_is_kept_and_the_next_page_has_it(client: Client, address: str) -> None:
    answer = client.post(address, {"theme": "dark", "next": reverse("account_login")})
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_login"))
    assert client.cookies["theme"]["httponly"]
    assert b'data-theme="dark"' in client.get(reverse("account_login")).content


def test_the_script_gets_no_page_back(client: Client, address: str) -> None:
    answer = client.post(address, {"theme": "dark"}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.content, client.cookies["theme"].value) == (204, b"", "dark")


@pytest.mark.parametrize("theme", ["", "purple", 'dark" onload="x'])
def test_another_theme_is_refused(client: Client, address: str, theme: str) -> None:
    assert client.post(address, {"theme": theme}).status_code == 400
    assert "theme" not in client.cookies


def test_a_cookie_of_somebody_elses_making_does_no_harm(client: Client) -> None:
    client.cookies["theme"] = '"><script>'
    assert b'data-theme="system"' in client.get(reverse("account_login")).content


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_nobody_is_sent_elsewhere(client: Client, address: str, elsewhere: str) -> None:
    assert client.post(address, {"theme": "dark", "next": elsewhere})["Location"] == "/"


def test_looking_does_not_switch(client: Client, address: str) -> None:
    assert client.get(address).status_code == 405
