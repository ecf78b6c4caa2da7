"""What the list of options and its download show of each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from customers.exports import customer_columns, own_columns
from options.models import OptionOrder, OptionProduct, OptionRenewal
from portal.core.exports import Column, coded, in_batches, of_part


@dataclass(frozen=True)
class Line:
    """An option, what happens to it at contract end, and the task that is scheduled for it."""

    option: OptionProduct
    renewal: OptionRenewal | None
    task: OptionOrder | None


def lines_of(options: Iterable[OptionProduct]) -> Iterator[Line]:
    """Return options with what becomes of them, in their order, at the cost of two queries for each batch."""
    for batch in in_batches(options):
        customers = {option.customer_id for option in batch}
        found = OptionRenewal.objects.current().filter(customer_id__in=customers).defer("raw")
        renewals = {(renewal.customer_id, renewal.option_product_id): renewal for renewal in found}
        scheduled = OptionOrder.objects.current().filter(customer_id__in=customers).defer("raw")
        tasks = {(task.customer_id, task.option_product_id): task for task in scheduled}
        for option in batch:
            key = (option.customer_id, option.option_product_id)
            yield Line(option, renewals.get(key), tasks.get(key))


EXPORTED: tuple[Column[Line], ...] = (
    *customer_columns(lambda line: line.option.customer),
    *own_columns(lambda line: line.option.customer, lambda line: line.option.tag_names),
    Column(_("Subscription ID"), lambda line: line.option.subscription_id, "subscription"),
    *coded(_("Option"), "option", lambda line: line.option.option_product_id, "option"),
    *coded(_("Sub option"), "sub_option", lambda line: line.option.sub_option_id, "option"),
    Column(_("Quantity"), lambda line: line.option.quantity, "quantity"),
    *coded(_("Contract type"), "plan", lambda line: line.option.plan, "plan"),
    Column(_("Start date"), lambda line: line.option.start_date, "start"),
    Column(_("Contract end"), lambda line: line.option.end_date, "end"),
    *coded(_("Renewal settings"), "renewal", of_part("renewal", "type"), "renewal"),
    *coded(_("Sub option at renewal"), "sub_option", of_part("renewal", "sub_option_id"), "renewal"),
    Column(_("Quantity at renewal"), of_part("renewal", "quantity"), "renewal"),
    *coded(_("Scheduled change"), "option_task", of_part("task", "type"), "scheduled"),
    Column(_("Scheduled date"), of_part("task", "apply_date"), "scheduled"),
    *coded(_("Scheduled sub option"), "sub_option", of_part("task", "sub_option_id"), "scheduled"),
    Column(_("Scheduled quantity"), of_part("task", "quantity"), "scheduled"),
)
