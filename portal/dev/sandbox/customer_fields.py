"""
What may be written about a customer: its name, its numbers, its people.

Vendor pages `partner-customer-create`, `partner-customer-update-patch`, `appendix`. A reader takes the member's name
and its JSON value, gives what is kept, and raises the refusal of the rule that is broken.
"""

import base64
import re
import unicodedata
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from .errors import invalid
from .fields import any_text, members, text
from .rules import Source, rule

LOCALES = ("ja_JP", "ko_KR", "en_US", "zh_TW", "zh_CN")
LONGEST_COMPANY_NAME = 40
LONGEST_PERSONAL_NAME = 80
LONGEST_CUSTOMER_CODE = 200  # bytes
LONGEST_MEMO = 700

_CREATE, _PATCH = "partner-customer-create", "partner-customer-update-patch"

COMPANY = rule("cust.company.length", "A company's name has up to 40 characters.", _CREATE, _PATCH)
PHONE = rule(
    "cust.phone.characters", "A phone number is made of digits and of P, T, -, *, #, + and the comma.", _CREATE, _PATCH
)
TIME_ZONE = rule("cust.timezone.iana", "A time zone goes by its IANA name.", "appendix")
LOCALE = rule("cust.locale.known", "The language is ja_JP, ko_KR, en_US, zh_TW or zh_CN.", "appendix", _CREATE)
NAME_LENGTH = rule(
    "cust.admin.namelength", "An administrator's last and first name have up to 80 characters together.", _CREATE
)
NAME_CHARACTERS = rule(
    "cust.admin.namecharacters",
    "An administrator's name has letters, digits, blanks and of other characters only ! @ & ( ) - _ + [ ] { } , and .",
    _CREATE,
)
ADMIN_ID = rule("cust.admin.id", "An administrator's id has 2 to 40 characters.", _CREATE)
ADMIN_MEMBERS = rule(
    "cust.admin.required",
    "An administrator may be left out; one that is named has a lastName, a password, an id and a privateEmail.",
    _CREATE,
)
ADMIN_MAIL = rule(
    "cust.admin.mail", "The private address has the form of a mail address.", _CREATE, source=Source.DEDUCED
)
PASSWORD_LENGTH = rule(
    "cust.password.length",
    "A password has 8 to 20 characters, counted before they are encoded as Base64.",
    _CREATE,
    source=Source.DEDUCED,
)
PASSWORD_BASE64 = rule("cust.password.base64", "A password is sent as Base64.", _CREATE)
PASSWORD_CLASSES = rule(
    "cust.password.classes", "A password has letters and digits, with or without special characters.", _CREATE
)
PASSWORD_RUNS = rule(
    "cust.password.runs", "A password has no three or more consecutive or repeated letters or digits.", _CREATE
)
PASSWORD_HIDDEN = rule(
    "cust.password.hidden",
    "A password is never answered; the other members of an administrator are.",
    "partner-customer-get",
)
CUSTOMER_CODE = rule("cust.partnership.code", "A customer code has up to 200 bytes.", _PATCH)
MEMO = rule("cust.partnership.memo", "A memo has up to 700 characters.", _PATCH)

_PHONE = re.compile(r"[0-9PT\-*#+,]+")
_NAME_SIGNS = frozenset("!@&()-_+[]{},.")
_MAIL = re.compile(r"[^\s@]+@[^\s@.]+(\.[^\s@.]+)+")


def company_name(name: str, value: object) -> str:
    """Read a company's name."""
    given = text(name, value)
    if len(given) > LONGEST_COMPANY_NAME:
        raise COMPANY.broken("LIMIT_EXCEEDED", f"{name}: must have at most {LONGEST_COMPANY_NAME} characters")
    return given


def phone_number(name: str, value: object) -> str:
    """Read a phone number."""
    given = text(name, value)
    if not _PHONE.fullmatch(given):
        raise PHONE.broken("INVALID_PARAMETER", f"{name}: only digits and P T - * # + , are allowed")
    return given


def time_zone(name: str, value: object) -> str:
    """Read an IANA name of a time zone."""
    given = text(name, value)
    if given not in _time_zones():
        raise TIME_ZONE.broken("INVALID_PARAMETER", f"{name}: no such time zone")
    return given


def locale(name: str, value: object) -> str:
    """Read a language code."""
    given = text(name, value)
    if given not in LOCALES:
        raise LOCALE.broken("INVALID_PARAMETER", f"{name}: must be one of {', '.join(LOCALES)}")
    return given


def customer_code(name: str, value: object) -> str:
    """Read the partner's own code of a customer."""
    given = any_text(name, value)
    if len(given.encode()) > LONGEST_CUSTOMER_CODE:  # the page counts bytes and names no encoding; UTF-8 is ours
        raise CUSTOMER_CODE.broken("LIMIT_EXCEEDED", f"{name}: must have at most {LONGEST_CUSTOMER_CODE} bytes")
    return given


def memo(name: str, value: object) -> str:
    """Read the partner's own note on a customer."""
    given = any_text(name, value)
    if len(given) > LONGEST_MEMO:
        raise MEMO.broken("LIMIT_EXCEEDED", f"{name}: must have at most {LONGEST_MEMO} characters")
    return given


def administrator(name: str, value: object) -> dict[str, Any]:
    """Read the first administrator of a new customer, and give it without the password, which nobody keeps."""
    if isinstance(value, dict):
        for needed in ("lastName", "password", "id", "privateEmail"):
            if needed not in value:
                raise ADMIN_MEMBERS.broken("MISSING_PARAMETER", f"{name}.{needed} is required")
    given: dict[str, Any] = members(
        required={"lastName": _personal_name, "password": _password, "id": _user_id, "privateEmail": _mail},
        optional={"firstName": _personal_name, "cellphone": any_text, "countryCode": any_text},
    )(name, value)
    if len(given["lastName"]) + len(given.get("firstName", "")) > LONGEST_PERSONAL_NAME:
        raise NAME_LENGTH.broken("LIMIT_EXCEEDED", f"{name}: last and first name together are too long")
    del given["password"]
    return given


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _personal_name(name: str, value: object) -> str:
    given = text(name, value) if name == "lastName" else any_text(name, value)
    if not all(sign in _NAME_SIGNS or _is_letter_digit_or_blank(sign) for sign in given):
        raise NAME_CHARACTERS.broken("INVALID_PARAMETER", f"{name}: has a character that is not allowed")
    return given


def _is_letter_digit_or_blank(sign: str) -> bool:
    category = unicodedata.category(sign)
    return category[0] in "LMN" or category == "Zs"  # M: the marks that go with letters


def _user_id(name: str, value: object) -> str:
    given = text(name, value)
    if not 2 <= len(given) <= 40:
        raise ADMIN_ID.broken("INVALID_PARAMETER", f"{name}: must have 2 to 40 characters")
    return given


def _mail(name: str, value: object) -> str:
    given = text(name, value)
    if not _MAIL.fullmatch(given):
        raise ADMIN_MAIL.broken("INVALID_PARAMETER", f"{name}: must be a mail address")
    return given


def _password(name: str, value: object) -> None:
    """Check a password and give nothing: neither the state nor a refusal may hold any of it."""
    if not isinstance(value, str):
        raise invalid(name, "must be a string")
    try:
        plain = base64.b64decode(value, validate=True).decode("ascii")
    except ValueError:
        # Without its cause, whose words quote the text.
        raise PASSWORD_BASE64.broken("INVALID_PARAMETER", f"{name}: must be ASCII text in Base64") from None
    if not 8 <= len(plain) <= 20:
        raise PASSWORD_LENGTH.broken("INVALID_PARAMETER", f"{name}: must have 8 to 20 characters")
    has_letter, has_digit = any(sign.isalpha() for sign in plain), any(sign.isdigit() for sign in plain)
    if not (has_letter and has_digit and all("!" <= sign <= "~" for sign in plain)):
        raise PASSWORD_CLASSES.broken("INVALID_PARAMETER", f"{name}: must have letters and digits")
    if _has_run(plain):
        raise PASSWORD_RUNS.broken("INVALID_PARAMETER", f"{name}: has consecutive or repeated letters or digits")


def _has_run(plain: str) -> bool:
    """Look for three of one letter or digit, or three neighbours in their order, up or down, in either case."""
    signs = plain.lower()
    for three in zip(signs, signs[1:], signs[2:], strict=False):
        first, second, third = map(ord, three)
        if "".join(three).isalnum() and second - first == third - second and abs(second - first) <= 1:
            return True
    return False
