"""Use cases of the Connection page: state, sign-in of a person, disconnecting, connection test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.functional import cached_property

from portal.core.clock import now
from portal.core.enqueue import enqueue
from portal.vendor.client import Account, PartnerApiError, Secret, ServiceAccount, Token
from portal.vendor.connection import api
from portal.vendor.connection.api import NotConnected
from portal.vendor.connection.grants import opened
from portal.vendor.connection.models import Grant
from portal.vendor.problems import told, trouble_of
from portal.vendor.ratelimit import NoCapacity, Priority

if TYPE_CHECKING:
    from portal.accounts.models import User

SIGN_IN_SOON = timedelta(days=14)
# A try takes no longer than a call; one that has no outcome by then was lost with its message or its worker.
LOST_AFTER = timedelta(seconds=60)


class Standing(StrEnum):
    """How the grant stands, as far as Partnerdesk knows by itself."""

    UNSET = "unset"  # the settings name no account
    UNUSED = "unused"  # a service account that has got no token yet; the first call gets one
    NEVER = "never"  # nobody has signed in so far
    UNREADABLE = "unreadable"  # SECRET_KEY has changed since somebody signed in
    ENDED = "ended"  # LINE WORKS has ended it, or its time is over
    HELD = "held"


@dataclass(frozen=True)
class Connection:
    """
    What is known about the connection. Holds secrets, so it is for pages to ask and not to print.

    Attributes:
        missing: the settings that have to be set before there is an account.
        account: the one that the settings name.
        grant: its row, None while there is none.
    """

    missing: Sequence[str]
    account: Account | None
    grant: Grant | None

    @cached_property
    def token(self) -> Token | None:
        """The token that is kept and can be read."""
        return opened(self.grant) if self.grant else None

    @property
    def is_service_account(self) -> bool:
        """Whether the account is a service account, which needs no sign-in."""
        return isinstance(self.account, ServiceAccount)

    @property
    def client_id(self) -> str:
        """The app's name at LINE WORKS."""
        return self.account.client_id if self.account else ""

    @property
    def service_account(self) -> str:
        """The service account's id; empty for a person's sign-in."""
        return self.account.service_account if isinstance(self.account, ServiceAccount) else ""

    @property
    def asked_scope(self) -> str:
        """What the settings ask for."""
        return self.account.scope if self.account else ""

    @property
    def standing(self) -> Standing:
        """How the grant stands."""
        if self.account is None:
            return Standing.UNSET
        if self.grant is None or not self.grant.sealed_access:
            return Standing.UNUSED if self.is_service_account else Standing.NEVER
        if self.token is None:
            return Standing.UNUSED if self.is_service_account else Standing.UNREADABLE
        is_over = self.sign_in_by is not None and self.sign_in_by <= now()
        if self.is_service_account or (not is_over and (self.token.refresh_token or self.token.is_fresh(now()))):
            return Standing.HELD
        return Standing.ENDED

    @property
    def sign_in_by(self) -> datetime | None:
        """When a person has to sign in again at the latest."""
        return self.token.refresh_ends_at if self.token else None

    @property
    def days_left(self) -> int | None:
        """Whole days until then."""
        return max((self.sign_in_by - now()).days, 0) if self.sign_in_by else None

    @property
    def is_ending(self) -> bool:
        """Whether it is time to sign in again."""
        return self.sign_in_by is not None and self.sign_in_by - now() < SIGN_IN_SOON


def connection() -> Connection:
    """Return how the connection stands now."""
    try:
        account, name = api.account(), api.tokens().account
    except NotConnected as error:
        return Connection(error.missing, None, None)
    return Connection((), account, Grant.objects.filter(account=name).first())


def finish_sign_in(answer: Mapping[str, str], state: Secret | None, redirect_uri: str, *, by: "User") -> None:
    """
    Take up the grant of a person who comes back from LINE WORKS.

    Args:
        answer: the parameters with which the browser came back.
        state: what the sign-in was begun with; used up by this call.
        redirect_uri: what it was begun with.
        by: who is signed in here.

    Raises:
        NotConnected: the settings name no app to sign in with.
        Refused, NotSent, NoClearAnswer: there is no grant; the one before stays.
    """
    token = api.sign_in().finish(answer, state, redirect_uri)
    tokens = api.tokens()
    with tokens.lock():
        tokens.save(token)
        Grant.objects.filter(account=tokens.account).update(
            connected_at=now(), connected_by_name=by.name, try_asked_at=None, tried_at=None, try_problem=""
        )


def disconnect() -> str:
    """
    End a person's grant, at LINE WORKS and here.

    Returns:
        The name of what makes it not sure that LINE WORKS has ended it too; empty when it has.

    Raises:
        NotConnected: the settings name no app that a person signs in with.
    """
    sign_in, tokens = api.sign_in(), api.tokens()
    with tokens.lock():
        token, problem = tokens.load(), ""
        if token:
            try:
                sign_in.revoke(token)
            except PartnerApiError as error:
                problem = trouble_of(told(error))
        tokens.forget()
    return problem


def ask_for_try() -> None:
    """
    Have a worker try the connection; the outcome will stand in the grant's row.

    Raises:
        NotConnected: the settings name no account.
    """
    name = api.tokens().account
    with transaction.atomic():
        Grant.objects.update_or_create(account=name, defaults={"try_asked_at": now()})
        enqueue("connection.try_connection")


def enqueue_lost_try() -> None:
    """Have the connection tried again if that was asked for and has no outcome: the message may be lost."""
    waiting = Grant.objects.filter(try_asked_at__lt=now() - LOST_AFTER)
    if any(grant.is_being_tried for grant in waiting):
        enqueue("connection.try_connection", expires=LOST_AFTER.total_seconds())


def try_it() -> None:
    """Make the smallest call there is, and store its result."""
    name, problem, trouble = api.tokens().account, "", ""
    try:
        api.partner_api(Priority.PAGES).customers.list_customers(count=1)
    except (PartnerApiError, NoCapacity) as error:
        problem, trouble = str(error), trouble_of(told(error))
    outcome = {"tried_at": now(), "try_problem": problem, "try_trouble": trouble}
    Grant.objects.update_or_create(account=name, defaults=outcome)


def redirect_uri(derived: str) -> str:
    """Return where LINE WORKS sends the browser back to: the setting, else the page's own idea of its address."""
    return str(settings.PARTNER_REDIRECT_URI or derived)
