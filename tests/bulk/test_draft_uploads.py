"""An upload is kept, read in the background, and shown; the request that brings it waits for nothing."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from portal.bulk import presentation, uploads
from portal.bulk.models import Import
from portal.operations.models import Operation
from tests.bulk.files import table, upload, wish
from tests.support.portal import People, SignIn
from tests.support.waiting import wait_for
from tests.support.worker import Worker

PATH = "/requests/bulk/kinds/addPreOrder/"


@pytest.fixture
def browser(people: People, sign_in: SignIn, db: None) -> Client:
    return sign_in(people.account_manager)


def posted(browser: Client, content: bytes) -> Import:
    answer = browser.post(PATH, {"file": SimpleUploadedFile("a.csv", content)})
    assert answer.status_code == 302
    return Import.objects.get()


def test_the_request_keeps_the_bytes_and_reads_nothing(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "read_apart", lambda _content: pytest.fail("a request read a file"))
    draft = posted(browser, table(wish(1)))
    assert draft.state == Import.State.READING
    page = browser.get(draft.get_absolute_url()).content.decode()
    assert "Checking the rows…" in page
    assert 'hx-trigger="every 1s"' in page
    assert "Upload again" not in page


def test_a_page_that_waits_swaps_in_the_result(browser: Client) -> None:
    draft = posted(browser, table(wish(1), wish(2)))
    swap = {"headers": {"HX-Request": "true"}}
    seen = f"{draft.get_absolute_url()}?seen={presentation.mark(draft)}"
    assert browser.get(seen, **swap).status_code == 204  # type: ignore[arg-type]  # headers alone
    uploads.take(draft.pk)
    page = browser.get(seen, **swap).content.decode()  # type: ignore[arg-type]  # headers alone
    assert "No customer found." in page
    assert "Read as UTF-8, separated by commas." in page
    assert "hx-trigger" not in page


def test_a_file_that_is_none_says_why_and_leaves_nothing(browser: Client) -> None:
    draft = upload(browser, b"\x89PNG\r\n\x1a\n\x00\x00")
    assert (draft.state, draft.content, draft.rows.count()) == ("refused", None, 0)
    page = browser.get(draft.get_absolute_url()).content.decode()
    assert "isn’t a CSV file" in page
    assert "Nothing was sent." in page
    assert f'href="{PATH}"' in page
    assert not Operation.objects.exists()
    browser.post(f"{draft.get_absolute_url()}run/", {"reason": "x"})
    draft.refresh_from_db()
    assert draft.state == "refused"
    browser.post(f"{draft.get_absolute_url()}discard/")
    draft.refresh_from_db()
    assert draft.state == "discarded"


def test_an_error_of_the_portal_ends_the_wait(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any) -> None:
        raise RuntimeError("as a mistake of the portal would")

    draft = posted(browser, table(wish(1)))
    monkeypatch.setattr(uploads, "check", broken)
    uploads.take(draft.pk)
    draft.refresh_from_db()
    assert (draft.state, draft.content, draft.rows.count()) == ("refused", None, 0)
    page = browser.get(draft.get_absolute_url()).content.decode()
    assert "because of an error in Partnerdesk" in page
    assert "mistake" not in page


def test_bytes_are_erased_once_they_are_read(browser: Client) -> None:
    draft = upload(browser, table(wish(1)))
    assert (draft.state, draft.content) == ("checked", None)


def test_a_lost_message_is_sent_again(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    draft = posted(browser, table(wish(1)))
    monkeypatch.setattr(uploads, "enqueue", lambda _task, pk, **_options: sent.append(pk))
    uploads.sweep()
    assert sent == []
    Import.objects.update(uploaded_at=draft.uploaded_at - uploads.OVERDUE)
    uploads.sweep()
    assert sent == [draft.pk]


@pytest.mark.django_db(transaction=True)
def test_the_worker_reads_what_was_uploaded(worker: Worker, people: People, sign_in: SignIn) -> None:
    draft = posted(sign_in(people.account_manager), table(wish(1)))

    def is_read() -> bool:
        draft.refresh_from_db()
        return draft.state == Import.State.CHECKED

    wait_for(is_read, "the worker has read the file")
