"""Cursors and page sizes of the listings that come in pages. Vendor page `pagination`."""

import base64
import json
import re
import zlib

from .errors import invalid
from .rules import Rule


def pack_cursor(place: list[object]) -> str:
    """Write the place after which the next page begins as a cursor."""
    # Compressed bytes look random: + / = turn up now and then, and only a client that encodes them gets on. The
    # checksum inside tells a damaged cursor.
    return base64.b64encode(zlib.compress(json.dumps(place, ensure_ascii=False).encode())).decode("ascii")


def unpack_cursor(given: str) -> object:
    """
    Read a cursor; whether the place in it makes sense is the caller's to see.

    Raises:
        Refusal: 400, for what is damaged or was never one.
    """
    try:
        return json.loads(zlib.decompress(base64.b64decode(given, validate=True)))
    except (ValueError, RecursionError, zlib.error) as error:
        raise invalid("cursor", "not one of ours") from error


def page_size(given: str | None, default: int, most: int, rule: Rule) -> int:
    """
    Read the parameter `count`.

    Raises:
        Refusal: 400; for `rule` if it lies outside of what is allowed.
    """
    if given is None:
        return default
    if not re.fullmatch(r"-?[0-9]{1,9}", given):
        raise invalid("count", "must be a whole number")
    if not 1 <= int(given) <= most:
        raise rule.broken("OUT_OF_RANGE", f"count: must be from 1 to {most}")
    return int(given)
