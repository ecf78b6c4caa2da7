"""What the vendor does by itself at options on a day, and how it shows that it has."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from options.catalogue import CANCEL, CHANGE_QUANTITY
from options.models import OptionOrder
from options.sync import OPTION_ORDERS, OPTIONS
from options.wording import order_words
from portal.partner_api import OptionProductOrder
from portal.sync.overdue import Awaited, Shown, await_on_its_day
from portal.words import listed, word_for


def _words(raw: Mapping[str, Any]) -> str:
    task = OptionProductOrder.from_vendor(dict(raw))
    what = order_words(task.type, task.sub_option_id, task.quantity)
    return listed((word_for("option", task.option_product_id), what))


def _was_done(row: OptionOrder, shown: Shown) -> bool:
    """Ours: the option is gone, has the quantity, or has the size that the task names."""
    now, ever = (
        [record for record in records if record.option_product_id == row.option_product_id]
        for records in (shown.now, (*shown.now, *shown.changed))
    )
    if row.type == CANCEL:
        return not now
    if row.type == CHANGE_QUANTITY:
        return any(record.quantity == row.quantity for record in ever)
    return any(record.sub_option_id == row.sub_option_id for record in ever)


await_on_its_day(
    Awaited(
        resource=OPTION_ORDERS.name,
        title=gettext_lazy("Scheduled for an option"),
        day="apply_date",
        rows=OptionOrder.objects.all,
        words=_words,
        shows_in=OPTIONS.name,
        effect=_was_done,
    )
)
