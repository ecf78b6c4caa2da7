"""
What every form opens with, whichever it is: what the customer has or a legal wish, and nothing that costs more than it
must. What nobody can choose for a person is empty, and the form says what to enter.
"""

from itertools import islice
from typing import Any

from django import forms

from portal.operations.command_forms import CommandForm
from portal.operations.commands import Command
from portal.operations.models import Operation
from tests.support.every_order import BEFORE, as_it_is, every_order, places
from tests.support.examples import LONG
from tests.support.forms import FormReader
from tests.support.portal import People, SignIn
from tests.support.sandbox import Sandbox

PENALTIES = {
    "sub.cancel.penalty", "sub.cancel.optionpenalty", "option.cancel.penalty", "cust.withdrawal.penalty",
    "cust.withdrawal.penaltymonthly",
}  # fmt: skip
# These take effect today, so there is no day to choose.
TODAY = ("cancelSubscription", "cancelOptionProduct", "deleteCustomer")


@every_order
def test_the_form_as_it_opens_is_legal_or_says_what_is_missing(
    command: Command[Any], sandbox: Sandbox, vendor_settings: None, people: People, sign_in: SignIn
) -> None:
    client = sign_in(people.account_manager)
    BEFORE.get(command.kind, as_it_is)(sandbox)
    sandbox.reset_calls()
    opened = list(islice(places(command), None if LONG else 3))
    assert opened
    for address, _domain_id in opened:
        asked = FormReader(client.get(address).content.decode()).as_opened()
        answer = client.post(address, asked)
        if answer.status_code == 302:
            rules = {found["rule"] for found in Operation.objects.latest("pk").consequences}
            assert command.kind in TODAY or not rules & PENALTIES, f"{address} begins with {asked}"
            continue
        assert answer.status_code == 422
        for name, errors in answer.context["form"].errors.items():
            assert is_unchanged(errors) or is_asked_for(answer.context["form"], name, asked), (address, asked, errors)
    assert sandbox.calls()[command.operation] == 0


def is_unchanged(errors: list[str]) -> bool:
    """Return whether the rules refuse a form only because it shows what the customer has."""
    return all("already" in error or "at least one" in error for error in errors)


def is_asked_for(form: CommandForm, name: str, asked: dict[str, Any]) -> bool:
    """Return whether a field is empty and says what it is for; a box to tick says it by its label."""
    field = form.fields.get(name)
    return field is not None and not asked.get(name) and bool(field.help_text or isinstance(field, forms.BooleanField))
