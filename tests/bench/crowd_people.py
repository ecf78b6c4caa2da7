"""
People who browse, for locust: each opens lists, filters and pages them, opens customers and searches.

CROWD names a file with a cookie of each person and the numbers of customers. Locust runs it in a process of its own.
"""

import json
import os
import random
from pathlib import Path
from urllib.parse import quote

from locust import HttpUser, between, task

GIVEN = json.loads(Path(os.environ["CROWD"]).read_text(encoding="utf-8"))
WORDS = ("株式会社", "物流", "ひかり", "co.jp", "設計", "佐藤")
DICE = random.Random(5)  # noqa: S311  which page comes next is no secret
SWAP = {"HX-Request": "true"}


class Person(HttpUser):
    """Somebody who reads for a few seconds between two clicks."""

    wait_time = between(3, 7)

    def on_start(self) -> None:
        """Take a session of one's own."""
        name, value = GIVEN["cookies"].pop()
        self.client.cookies.set(name, value)

    @task(3)
    def customers(self) -> None:
        """Look through the list of customers."""
        self.client.get("/customers/", name="/customers/")
        self.client.get(f"/customers/?page={DICE.randint(2, 9)}", headers=SWAP, name="/customers/ swap")

    @task(2)
    def subscriptions(self) -> None:
        """Filter the list of subscriptions."""
        self.client.get("/subscriptions/", name="/subscriptions/")
        self.client.get("/subscriptions/?product=ADV", headers=SWAP, name="/subscriptions/ swap")

    @task(1)
    def options(self) -> None:
        """Open the list of options."""
        self.client.get("/options/", name="/options/")

    @task(1)
    def upcoming(self) -> None:
        """Open what is to come."""
        self.client.get("/upcoming/?within=30", name="/upcoming/")

    @task(2)
    def renewals(self) -> None:
        """Open the renewals."""
        self.client.get("/renewals/", name="/renewals/")

    @task(5)
    def customer(self) -> None:
        """Open a customer."""
        self.client.get(f"/customers/{DICE.choice(GIVEN['customers'])}/", name="/customers/N/")

    @task(3)
    def search(self) -> None:
        """Type into the search."""
        self.client.get(f"/search/?q={quote(DICE.choice(WORDS))}", headers=SWAP, name="/search/ swap")

    @task(1)
    def home(self) -> None:
        """Open the home."""
        self.client.get("/", name="/")
