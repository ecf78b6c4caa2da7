"""What people may ask of the reading side; a worker does it."""

from django.db import transaction

from portal.celery import app


def read_customer(domain_id: int) -> None:
    """Have all resources of a customer read now, before any sweep."""

    def enqueue() -> None:
        app.send_task("sync.read_customer", args=(domain_id,))

    transaction.on_commit(enqueue, robust=True)
