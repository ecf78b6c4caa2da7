"""What the list of subscriptions and its download show of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from customers.exports import customer_columns, own_columns
from portal.core.exports import Column, coded, in_batches, of_part
from subscriptions.models import Reservation, Subscription


@dataclass(frozen=True)
class Line:
    """A subscription, and the task that is scheduled for it."""

    subscription: Subscription
    task: Reservation | None


def lines_of(subscriptions: Iterable[Subscription]) -> Iterator[Line]:
    """Return subscriptions with their tasks, in their order, at the cost of one query for each batch."""
    for batch in in_batches(subscriptions):
        customers = {subscription.customer_id for subscription in batch}
        found = Reservation.objects.current().filter(customer_id__in=customers).defer("raw")
        tasks = {(task.customer_id, task.subscription_id): task for task in found}
        for subscription in batch:
            yield Line(subscription, tasks.get((subscription.customer_id, subscription.subscription_id)))


EXPORTED: tuple[Column[Line], ...] = (
    *customer_columns(lambda line: line.subscription.customer),
    *own_columns(lambda line: line.subscription.customer, lambda line: line.subscription.tag_names),
    Column(_("Subscription ID"), lambda line: line.subscription.subscription_id, "plan"),
    *coded(_("Plan"), "product", lambda line: line.subscription.product_id, "plan"),
    *coded(_("Contract type"), "plan", lambda line: line.subscription.plan, "plan"),
    *coded(_("Status"), "subscription_status", lambda line: line.subscription.status, "status"),
    Column(_("Number of users"), lambda line: line.subscription.users, "licenses"),
    Column(_("Maximum number of users"), lambda line: line.subscription.most_users, "licenses"),
    Column(_("Number of licenses"), lambda line: line.subscription.license_count, "licenses"),
    Column(_("Start date"), lambda line: line.subscription.start_date, "start"),
    Column(_("Contract end"), lambda line: line.subscription.end_date, "end"),
    *coded(_("Renewal settings"), "renewal", lambda line: line.subscription.renewal_type, "renewal"),
    *coded(_("Plan at renewal"), "product", lambda line: line.subscription.renewal_product_id, "renewal"),
    *coded(_("Contract type at renewal"), "plan", lambda line: line.subscription.renewal_plan, "renewal"),
    Column(_("Licenses at renewal"), lambda line: line.subscription.renewal_license_count, "renewal"),
    *coded(_("Scheduled change"), "reservation", of_part("task", "type"), "scheduled"),
    Column(_("Scheduled date"), of_part("task", "apply_date"), "scheduled"),
    *coded(_("Scheduled plan"), "product", of_part("task", "product_id"), "scheduled"),
    *coded(_("Scheduled contract type"), "plan", of_part("task", "plan"), "scheduled"),
    Column(_("Scheduled licenses"), of_part("task", "license_count"), "scheduled"),
    Column(_("Platform cancellation"), lambda line: line.subscription.leaving, "name"),
)
