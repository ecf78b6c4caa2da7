"""Somebody who clicks and types, without JavaScript: by the links and forms that pages show, with their tokens."""

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from django.test import Client


@dataclass
class Form:
    """A form of a page: where it goes, and what its hidden fields hold."""

    action: str
    hidden: dict[str, str]


class Page(HTMLParser):
    """What a page offers to somebody who clicks and types: its links, its forms and its words."""

    def __init__(self, response: Any) -> None:
        super().__init__()
        assert response.status_code in (200, 422), response.status_code
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.text = response.content.decode()
        self._address = response.request["PATH_INFO"]
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of links, forms and hidden fields."""
        known = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(known.get("href", ""))
        elif tag == "form":
            self.forms.append(Form(known.get("action") or self._address, {}))
        elif tag == "input" and known.get("type") == "hidden":
            self.forms[-1].hidden[known["name"]] = known.get("value", "")

    def form(self, ending: str) -> Form:
        """Return the form that goes to an address with this ending."""
        return next(form for form in self.forms if form.action.endswith(ending))


@dataclass
class Person:
    """Somebody at the browser, whose every post carries the token of the page that it came from."""

    client: Client

    def open(self, url: str) -> Page:
        """Follow a link."""
        return Page(self.client.get(url))

    def send(self, form: Form, **typed: str) -> Page:
        """Send a form and look at the page that it leads to."""
        return Page(self.client.post(form.action, form.hidden | typed, follow=True))
