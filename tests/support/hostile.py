"""Requests as nobody who means well would make them, of a seed, so that one that fails can be repeated."""

import random
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

from django.test.client import encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver

from customers.filters import CustomerFilter
from options.filters import OptionFilter
from portal.operations.commands import COMMANDS
from portal.operations.filters import RequestFilter
from portal.sync.filters import ObservationFilter
from subscriptions.filters import SubscriptionFilter

BOUNDARY = "----made-up"
METHODS = (*["GET"] * 8, "HEAD", *["POST"] * 5, "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE")
VALUES = (
    "", " ", "0", "-1", "1", "2", "1.5", "1e999", "nan", "inf", "99999999999999999999", "9" * 400, "-" + "9" * 30,
    "٣", "१२", "\ud800", "\udfff\ud800", "\uffff", "\u202eevil\u202c", "\u200f", "مرحبا", "株式会社", "𠮷野家",
    "é" * 300,
    "x" * 3000, "' OR 1=1 --", "%", "%%s", "%00", "%zz", "{}", "{{ 7*7 }}", "<script>alert(1)</script>", "[]", "null",
    "true", '{"a": {"a": [1, null]}}', "[" * 500, "../../etc/passwd", "\r\nX: y", "\t", "\x1b[0m", "\x7f",
    "2026-01-15", "2026-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "-2026-01-01", "2026-13", "0000-01",
    "9999-12", "20260115", "2026-W03-4", "on", "javascript:alert(1)", "//evil.example/", "http://[", "http://[::1",
    "http://a:b@c:d/", "http://testserver/\\", "customer", "subscriptions", "addPreOrder", "csv", "xlsx", "month",
    "light", "ja", "en", "-end", "domain,plan", "1,2,3", "1 2", "@", "a@b",
)  # fmt: skip
# What a server in front of Partnerdesk lets through: latin-1 without line ends and NUL.
HEADERS = (
    "HX-Request", "HX-Boosted", "HX-Current-URL", "HX-Current-URL-URI-AutoEncoded", "HX-History-Restore-Request",
    "HX-Prompt", "HX-Target", "HX-Trigger", "HX-Trigger-Name", "HX-Trigger-Name-URI-AutoEncoded", "Triggering-Event",
    "Accept", "Accept-Language", "Accept-Encoding", "Referer", "Origin", "Host", "X-Forwarded-For",
    "X-Forwarded-Proto", "X-Forwarded-Host", "X-CSRFToken", "X-Requested-With", "If-Modified-Since", "If-None-Match",
    "Range", "User-Agent", "X-HTTP-Method-Override", "Authorization", "Cookie2",
)  # fmt: skip
HEADER_VALUES = (
    "true", "http://testserver/customers/?a=1", "http://testserver", "http://[", "http://testserver/%00",
    "http://%5B", "http://testserver:99999/", "http://a\u2100b/", "*", "ja,en;q=0.5", "ja;q=nan", "en-" + "a" * 600,
    "xx_YY", "null", "testserver", "testserver:80", "evil.example", "[::1", "[::1]:a", "a" * 300, "1.2.3.4, 5.6.7.8",
    "bytes=0-", "bytes=9-1", '"etag"', "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 99 Nov 9994 99:99:99 GMT", "https",
    "chunked",
)  # fmt: skip
COOKIES = ("csrftoken", "django_language", "theme", "messages", "sessionid", "__proto__", "a b")
COOKIE_VALUES = (
    '"a\\000bcdefgh"',
    '"\\012\\015abcdefg"',
    "é" * 20,
    "x" * 32,
    "x" * 5000,
    '"',
    "",
    "ja\\000",
    "a=b=c",
    "dark",
)
FILTERS = (CustomerFilter, ObservationFilter, OptionFilter, RequestFilter, SubscriptionFilter)
OTHER_NAMES = (
    "page", "rows", "sort", "before", "seen", "show", "since", "found", "key", "on", "view", "month", "resource",
    "next", "suggested", "licenses_above", "reason", "reference", "decision", "file", "login", "password",
    "code", "state", "error", "error_description", "theme", "language", "oldpassword", "password1", "password2",
    "again", "digest", "export", "from", "__all__", "a\ud800",
)  # fmt: skip
NAMES = sorted(
    {name for command in COMMANDS for name in command.form.base_fields}
    | {name for each in FILTERS for name in each.base_filters}
    | {*OTHER_NAMES}
)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def routes(among: Sequence[Any], before: str = "") -> Iterator[str]:
    """Return every address of Partnerdesk, with its gaps as they are declared."""
    for pattern in among:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, f"{before}{pattern.pattern}")
        elif isinstance(pattern, URLPattern):
            yield f"/{before}{pattern.pattern}"


class Maker:
    """Makes requests of a seed; ``known`` are values that lead somewhere, by the gap in the address."""

    def __init__(self, seed: int, known: dict[str, list[str]]) -> None:
        self._dice = random.Random(seed)  # noqa: S311  to be repeated, not to be secret
        self._known = known
        self._routes = list(routes(get_resolver().url_patterns))

    def request(self) -> dict[str, Any]:
        """Return the arguments of one call of ``Client.generic``."""
        dice = self._dice
        method = dice.choice(METHODS)
        body, content_type = self._body() if method in ("POST", "PUT", "PATCH") or dice.random() < 0.05 else (b"", "")
        made: dict[str, Any] = {
            "method": method,
            "path": self._path(),
            "data": body,
            "content_type": content_type,
            "QUERY_STRING": self._query(),
            "secure": dice.random() < 0.3,
            "REMOTE_ADDR": dice.choice(("127.0.0.1", "::1", "203.0.113.7")),
        }
        for _ in range(dice.choice((0, 0, 1, 2, 5))):
            value = dice.choice(HEADER_VALUES) if dice.random() < 0.7 else dice.choice(VALUES)
            value = _bytes(value).decode("latin-1").translate({0: None, 10: None, 13: None})
            made["HTTP_" + dice.choice(HEADERS).upper().replace("-", "_")] = value
        if dice.random() < 0.15:
            made["HTTP_HX_REQUEST"] = "true"
        if dice.random() < 0.01:
            made["HTTP_TRANSFER_ENCODING"] = "chunked"
        if dice.random() < 0.05:
            made["CONTENT_LENGTH"] = dice.choice(("", "-1", "abc", "0", "1", "99999999999", "9" * 500, "٣", "1, 1"))
        return made

    def cookies(self) -> str:
        """Return some cookies, as a browser would send them."""
        count = self._dice.choice((0, 0, 0, 0, 1, 2))
        pairs = [f"{self._dice.choice(COOKIES)}={self._dice.choice(COOKIE_VALUES)}" for _ in range(count)]
        return "; ".join(pairs).encode().decode("latin-1")

    def often(self, part: float) -> bool:
        """Return yes so often."""
        return self._dice.random() < part

    def who(self, among: Sequence[Any]) -> Any:
        """Return one of some people."""
        return self._dice.choice(among)

    def _path(self) -> str:
        dice = self._dice
        parts = dice.choice(self._routes).replace("^", "").replace("$", "").split("<")
        filled = parts[0]
        for part in parts[1:]:
            gap, _end, rest = part.partition(">")
            known = self._known.get(gap.rpartition(":")[2], ["1"])
            value = dice.choice(known) if dice.random() < 0.9 else dice.choice(VALUES)
            filled += quote(_bytes(value), safe="") + rest
        return filled if dice.random() < 0.97 else filled + quote(_bytes(dice.choice(VALUES)))

    def _fields(self) -> list[tuple[str, str]]:
        dice = self._dice
        count = dice.choice((0, 1, 1, 2, 3, 6, 20))
        return [(dice.choice(NAMES), self._value()) for _ in range(count)]

    def _value(self) -> str:
        dice = self._dice
        if dice.random() < 0.2:
            return dice.choice([value for values in self._known.values() for value in values])
        if dice.random() < 0.005:
            return dice.choice(("\0", "a\0b"))
        return dice.choice(VALUES) if dice.random() < 0.9 else dice.choice(VALUES) + dice.choice(VALUES)

    def _query(self) -> str:
        dice = self._dice
        if dice.random() < 0.03:
            return dice.choice(
                ("&&&===", "a" * 5000, "%", "%00", "a[]=1&a[]=2", "?" * 50, "&".join(["a=1"] * 1200), "\xff=\xfe")
            )
        return "&".join(
            f"{quote_plus(name.encode('utf-8', 'surrogatepass'))}={quote_plus(value.encode('utf-8', 'surrogatepass'))}"
            for name, value in self._fields()
        )

    def _body(self) -> tuple[bytes, str]:
        dice = self._dice
        kind = dice.random()
        if kind < 0.6:
            return self._query().encode("latin-1", "replace"), "application/x-www-form-urlencoded"
        if kind < 0.8:
            fields = {
                name.encode("utf-8", "replace").decode(): value.encode("utf-8", "replace").decode()
                for name, value in self._fields()
            }
            return encode_multipart(BOUNDARY, fields), f"multipart/form-data; boundary={BOUNDARY}"
        raw = _bytes(dice.choice(VALUES)) + dice.randbytes(dice.choice((0, 10, 1000, 1000, 300_000)))
        kinds = (
            "multipart/form-data", f"multipart/form-data; boundary={BOUNDARY}", "application/json",
            "text/plain; charset=utf-7",
            "application/x-www-form-urlencoded; charset=no-such", "\xff/\xfe", "multipart/form-data; boundary=\xe9", "",
        )  # fmt: skip
        return raw, dice.choice(kinds)
