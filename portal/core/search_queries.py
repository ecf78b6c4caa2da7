"""What somebody types into a search: a name, a domain, an address that holds one, a number, a telephone number."""

import re
from dataclasses import dataclass

from portal.core.company_names import name_keys
from portal.core.search import search_key, simplify

# Whatever is longer is in no name, and the host of an address stands before this.
MOST_TYPED = 300
MOST_WORDS = 8
JAPAN = "81"
SHORTEST_PHONE = 9

# The e-mail may stand within more, such as 山田 花子 <hanako@example.jp>.
_EMAIL = re.compile(r"([^\s@<>(),;:\"]*)@([^\s@<>(),;:/\"]+)")
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*:/*|(?=www\.)|(?=[\w-]+(?:\.[\w-]+)+(?::\d+)?/))([^\s/?#:@]+\.[^\s/?#:@]+)")
# Whatever people put between digits, the long vowel mark and all dashes among them.
_BETWEEN = r"\s()./ー\u2010-\u2015\u2212-"
_NUMBER = re.compile(rf"(?:tel|電話)?[:.\s]*(\+?[0-9{_BETWEEN}]*[0-9][0-9{_BETWEEN}]*)")


@dataclass(frozen=True)
class Query:
    """
    A search, in the form in which texts are searched.

    Args:
        whole: all of it, with the legal form of a company in full.
        bare: without the legal form.
        words: parts that a text must all hold.
        hosts: the domain of an address and those above it, the longest first; a text may hold one as a line instead.
        number: its digits if it is a number and nothing else.
    """

    whole: str = ""
    bare: str = ""
    words: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    number: str = ""

    def __bool__(self) -> bool:
        return bool(self.words)

    @property
    def names_a_form(self) -> bool:
        """Whether it says of which legal form the company is."""
        return self.whole != self.bare


def parse_query(typed: str) -> Query:
    """Return what a search is for; an empty query if nothing of it can be searched for."""
    simple = simplify(typed[:MOST_TYPED]).strip()
    if found := _EMAIL.search(simple):
        key = search_key(found[0])
        return Query(key, key, _given(key), _hosts(found[2]))
    if found := _NUMBER.fullmatch(simple):
        digits = phone_key(found[1])
        return Query(digits, digits, _given(digits), number=digits)
    if (found := _URL.match(simple)) and (hosts := _hosts(found[1])):
        return Query(hosts[0], hosts[0], _given(hosts[0]), hosts)
    keys = name_keys(typed[:MOST_TYPED])
    return Query(keys.whole, keys.bare, keys.words if len(keys.words) <= MOST_WORDS else _given(keys.bare))


def phone_key(number: str) -> str:
    """Return the digits of a telephone number as they are dialed in Japan; of another country's with its code."""
    simple = simplify(number).strip()
    digits = "".join(char for char in simple if char.isascii() and char.isdigit())
    if simple.startswith("+") and digits.startswith(JAPAN):
        return "0" + digits.removeprefix(JAPAN).lstrip("0")
    return digits


def phone_lines(number: str) -> list[str]:
    """Return a telephone number as it is searched; the zero that a separate country code took is put back."""
    digits = phone_key(number)
    is_cut = SHORTEST_PHONE <= len(digits) <= SHORTEST_PHONE + 1 and not digits.startswith("0") and "+" not in number
    return ["0" + digits] if is_cut else [digits] if digits else []


def _given(key: str) -> tuple[str, ...]:
    return (key,) if key else ()


def _hosts(host: str) -> tuple[str, ...]:
    """Return a domain and those above it; one label alone is a group name, or what all domains of a country share."""
    labels = host.strip(".").removeprefix("www.").split(".")
    above = (".".join(labels[place:]) for place in range(max(len(labels) - 1, 1)))
    return tuple(dict.fromkeys(key for part in above if (key := search_key(part))))
