"""
Names of customers: what one may look like, which kind it is, and whether somebody has it already.

Vendor pages `partner-customer-verify-domain`, `partner-customer-create`, `partner-customer-change-domain-post`.
"""

import re
from hashlib import sha256

from .errors import Refusal
from .fields import text
from .rules import Source, rule
from .state import State

DOMAIN, GROUP = "DOMAIN", "GROUP"
BY_WORKS = (".by-works.com", ".by-works.net")
SHORTEST, LONGEST = 2, 22

_VERIFY, _CREATE = "partner-customer-verify-domain", "partner-customer-create"
_CHANGE = "partner-customer-change-domain-post"

LENGTH = rule("cust.domain.length", "A new customer's domain or group name has 2 to 22 characters.", _VERIFY, _CREATE)
CHARACTERS = rule(
    "cust.domain.characters",
    "A name has lowercase letters, digits and hyphens; no hyphen is first, last or doubled. Dots part a domain.",
    _CREATE,
)
FREE = rule("cust.domain.free", "A name that a customer has, or is about to take, is of no use to another.", _VERIFY)
NO_PROOF = rule(
    "cust.domain.byworks",
    "A domain below .by-works.com or .by-works.net needs no proof of ownership.",
    "partner",
    _CHANGE,
)
KIND = rule(
    "cust.domain.kind", "A name with a dot is a domain, one without is a group name.", _VERIFY, source=Source.DEDUCED
)

_LABEL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_LABEL, _LONGEST_DOMAIN = 63, 253  # of the domain name system


def new_name(name: str, value: object) -> str:
    """Read the domain or group name of a customer to be."""
    given = text(name, value)
    if not SHORTEST <= len(given) <= LONGEST:
        raise LENGTH.broken("INVALID_PARAMETER", f"{name}: must have {SHORTEST} to {LONGEST} characters")
    return _well_formed(name, given)


def domain_name(name: str, value: object) -> str:
    """Read a domain that is to take the place of a group name; no page gives it a length."""
    given = _well_formed(name, text(name, value))
    if kind_of(given) == GROUP:
        raise KIND.broken("INVALID_DOMAIN", f"{name}: a group name is no domain")
    return given


def kind_of(name: str) -> str:
    """Give DOMAIN or GROUP for a name."""
    return DOMAIN if "." in name else GROUP


def is_by_works(name: str) -> bool:
    """Say whether a domain is the vendor's own to give, so that nobody has to prove it."""
    return name.endswith(BY_WORKS)


def check_free(state: State, name: str, *, but_for: int | None = None, status: int = 409) -> None:
    """
    See that no customer has a name, nor has registered it, nor would bring it along.

    Args:
        but_for: the domainId of a customer that may have registered it.
        status: 409, or 400 where no other failure is listed.

    Raises:
        Refusal: the name is taken.
    """
    query = """
        SELECT 1 WHERE EXISTS (SELECT 1 FROM customers WHERE domain = :name)
        OR EXISTS (SELECT 1 FROM platforms WHERE upgrade_domain = :name AND domain_id IS NOT :but_for)
        OR EXISTS (SELECT 1 FROM potentials WHERE domain = :name)"""
    if state.db.execute(query, {"name": name, "but_for": but_for}).fetchone():
        code = "DOMAIN_ALREADY_EXIST" if status == 409 else "INVALID_DOMAIN"
        raise FREE.broken(code, f"{name} is taken", status=status)


def dns_values(domain_id: int, domain: str) -> dict[str, object]:
    """Make the DNS values that prove a domain; which ones the vendor asks for is its secret, so these are made up."""
    token = sha256(f"{domain_id} {domain}".encode()).hexdigest()[:32]
    return {
        "cnameHost": f"works-{token[:12]}.{domain}",
        "cnameTarget": "ownership.example.net",
        "txtHost": domain,
        "txtToken": f"works-ownership={token}",
        "mxRecordHost": domain,
        "mxRecordValue": {"priority10": "mx1.example.net", "priority20": "mx2.example.net"},
    }


def _well_formed(name: str, given: str) -> str:
    labels = given.split(".")
    if len(given) > _LONGEST_DOMAIN or not all(
        _LABEL.fullmatch(label) and len(label) <= _LONGEST_LABEL for label in labels
    ):
        raise _odd(name)
    if f".{given}" in BY_WORKS:
        raise _odd(name)
    return given


def _odd(name: str) -> Refusal:
    return CHARACTERS.broken("INVALID_DOMAIN", f"{name}: only lowercase letters, digits and single inner hyphens")
