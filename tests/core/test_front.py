"""What every request passes before a page sees it."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from portal.bulk.models import Import
from portal.core.middleware import AROUND_A_FILE, MOST_BODY
from portal.core.tables.parsers import MOST_BYTES
from tests.support.portal import People, SignIn
from tests.support.rows import one_customer

UPLOAD = "/requests/bulk/kinds/addPreOrder/"


@pytest.mark.parametrize(
    "address",
    [
        "/customers/{pk}/history/customer/?key=%00",
        "/customers/?q=a%00b",
        "/customers/?%00=1",
        "/customers/%00/",
        "/%00",
    ],
)
def test_a_nul_in_an_address_is_refused_and_not_a_failure(address: str, people: People, sign_in: SignIn) -> None:
    customer = one_customer()
    for browser in (sign_in(people.finance), sign_in()):
        assert browser.get(address.format(pk=customer.pk)).status_code == 400


@pytest.mark.parametrize(
    "page", ["http://[", "http://[::1", "http://a\u2100b/".encode().decode("latin-1"), "http://testserver]/"]
)
@pytest.mark.parametrize("encoded", ["true", "false"])
def test_a_page_that_a_swap_names_and_that_is_no_address_counts_for_nothing(page: str, encoded: str, db: None) -> None:
    named = {"HX-Request": "true", "HX-Current-URL": page, "HX-Current-URL-URI-AutoEncoded": encoded}
    answer = Client().get("/customers/", headers=named)
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/account/sign-in/?next=%2F")


@pytest.mark.parametrize("cookie", ['sessionid="a\\000bcdefgh"', 'csrftoken="\\012"; django_language="ja\\000"'])
def test_a_cookie_with_a_nul_is_as_none(cookie: str, db: None) -> None:
    answer = Client(HTTP_COOKIE=cookie).get("/customers/")
    assert (answer.status_code, answer["Location"]) == (302, "/account/sign-in/?next=/customers/")


@pytest.mark.parametrize("address", ["/customers/99999999999999999999/", f"/requests/{'9' * 4000}/", "/sync/?page=1e9"])
def test_a_number_that_no_row_can_have_leads_nowhere(address: str, people: People, sign_in: SignIn) -> None:
    assert sign_in(people.administrator).get(address).status_code in (200, 404)


@pytest.mark.parametrize("word", ["en", "customers:list", "http://testserver/customers/", "x" * 3000])
def test_a_way_back_that_is_no_path_of_ours_counts_for_nothing(word: str, people: People, sign_in: SignIn) -> None:
    browser, customer = sign_in(people.administrator), one_customer()
    assert browser.post("/theme/", {"theme": "dark", "next": word})["Location"] == "/"
    assert browser.post(f"/customers/{customer.pk}/read/", {"next": word})["Location"] == f"/customers/{customer.pk}/"


def test_a_body_that_no_form_of_ours_sends_is_refused_unread(people: People, sign_in: SignIn) -> None:
    for person in (None, people.finance, people.administrator):
        browser = sign_in(person, enforce_csrf_checks=True)
        for address in ("/account/sign-in/", "/customers/", "/theme/"):
            body = Unread()
            answer = post_length(browser, address, body, f"{MOST_BODY + 1}")
            assert (answer.status_code, body.was_read) == (413, False)
            assert "too large" in answer.content.decode()


def test_a_file_is_taken_only_where_files_are_and_only_from_whoever_may_order(people: People, sign_in: SignIn) -> None:
    for person in (None, people.support, people.finance):
        browser, body = sign_in(person, enforce_csrf_checks=True), Unread()
        assert post_length(browser, UPLOAD, body, f"{MOST_BYTES}").status_code == 413
        assert body.was_read is False
    browser = sign_in(people.account_manager)
    assert post_length(browser, UPLOAD, Unread(), f"{MOST_BYTES + AROUND_A_FILE + 1}").status_code == 413
    assert Import.objects.count() == 0
    # As large as one may be; what it holds is for the draft to say.
    answer = browser.post(UPLOAD, {"file": SimpleUploadedFile("a.csv", b"x" * MOST_BYTES)})
    assert (answer.status_code, Import.objects.count()) == (302, 1)


def test_a_file_of_the_largest_size_fits_into_memory(settings: Settings) -> None:
    assert settings.FILE_UPLOAD_HANDLERS == ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
    assert MOST_BYTES + AROUND_A_FILE <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE


def test_a_body_that_does_not_say_how_long_it_is_is_refused_unread(db: None) -> None:
    body = Unread()
    answer = post_length(
        Client(enforce_csrf_checks=True), "/account/sign-in/", body, "", HTTP_TRANSFER_ENCODING="chunked"
    )
    assert (answer.status_code, body.was_read) == (411, False)


@pytest.mark.parametrize("length", ["abc", "-1", "1, 1", "٣", "9" * 400])
def test_a_length_that_is_no_number_is_refused_and_not_a_failure(length: str, db: None) -> None:
    body = Unread()
    answer = post_length(Client(enforce_csrf_checks=True), "/theme/", body, length)
    assert (answer.status_code, body.was_read) == (400, False)


@pytest.mark.parametrize(
    ("address", "host", "status"),
    [("/nowhere/", "testserver", 404), ("/customers/?q=%00", "testserver", 400), ("/customers/", "evil.example", 400)],
)
@pytest.mark.parametrize("length", ["10", "99999999"])
def test_the_body_of_a_request_that_reaches_no_page_is_not_read(
    address: str, host: str, status: int, length: str, people: People, sign_in: SignIn
) -> None:
    for person in (None, people.administrator):
        body = Unread()
        answer = post_length(sign_in(person, enforce_csrf_checks=True), address, body, length, HTTP_HOST=host)
        assert (answer.status_code, body.was_read) == (status, False)


def test_who_says_that_it_came_by_https_is_not_believed_without_a_proxy(db: None, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    for name in ("X-Forwarded-Proto", "X-Forwarded-Ssl", "X-Forwarded-Scheme"):
        answer = Client().get("/account/sign-in/", headers={name: "https"})
        assert (answer.status_code, answer["Location"]) == (301, "https://testserver/account/sign-in/")


class Unread:
    """A body that tells whether somebody has begun to read it."""

    was_read = False

    def read(self, *_size: int) -> bytes:
        self.was_read = True
        return b""

    readline = read


def post_length(browser: Client, address: str, body: Unread, length: str, **more: str) -> Any:
    """Post a body that says to be so long."""
    # With the cookie of a token, the token itself is looked for in the body.
    browser.cookies["csrftoken"] = "a" * 32
    named: dict[str, Any] = {"CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": length, **more}
    named["wsgi.input"] = body
    return browser.generic("POST", address, **named)
