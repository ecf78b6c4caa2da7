"""
A sandbox that is filled out of a copy of what it was filled with before: nearly every test asks for a fresh one, and
to seed it takes longer than most of them.
"""

import sqlite3

from portal.dev.sandbox.config import Config
from portal.dev.sandbox.runtime import Sandbox


class RefilledSandbox(Sandbox):
    """Keeps what it looked like after it was seeded, where nothing but its settings decides that."""

    def __init__(self, config: Config) -> None:
        # By the number of customers and the seed.
        self._copies: dict[tuple[int, int], sqlite3.Connection] = {}
        super().__init__(config)

    def _fill(self, customers: int, seed: int) -> None:
        if self.config.state_file or self.config.business_date is None:
            super()._fill(customers, seed)
            return
        database, copy = self.state.db, self._copies.get((customers, seed))
        if copy is None:
            super()._fill(customers, seed)
            copy = self._copies[customers, seed] = sqlite3.connect(":memory:")
            database.backup(copy)
            return
        tokens = database.execute("SELECT * FROM tokens").fetchall()
        copy.backup(database)
        with self.state.transaction():
            database.execute("DELETE FROM tokens")
            for token in tokens:
                marks = ", ".join("?" * len(token))
                database.execute(f"INSERT INTO tokens VALUES ({marks})", token)  # noqa: S608  marks only
