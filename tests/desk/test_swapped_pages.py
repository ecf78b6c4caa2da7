"""A page asked for as a swap, by its script or by anybody, is shown even if it has no part to swap."""

from django.urls import reverse

from tests.support.portal import People, SignIn
from tests.support.rows import one_customer


def test_every_page_of_a_customer_answers_a_swap(people: People, sign_in: SignIn) -> None:
    browser, customer = sign_in(people.administrator, enforce_csrf_checks=True), one_customer()
    names = ("detail", "history", "users", "domain", "edit", "limit", "withdraw", "delete")
    addresses = [reverse(f"customers:{name}", args=[customer.pk]) for name in names]
    own = ("customers:add", "operations:list", "operations:policy", "bulk:list", "sync:detail")
    for address in [*addresses, *map(reverse, own), "/nowhere/"]:
        answer = browser.get(address, headers={"HX-Request": "true"})
        assert answer.status_code in (200, 404), address
