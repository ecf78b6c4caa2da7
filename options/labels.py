"""Labels of options and scheduled option changes."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.core.labels import FULL_NAMES, PLAIN_PAID, listed, word_for


def option_words(option_product_id: str | None, sub_option_id: str | None, quantity: int | None) -> str:
    """
    Return what people call an option: its name, its size, and how many of it where there is more than one.

    Args:
        option_product_id: LINE WORKS's code of the option.
        sub_option_id: that of its size or kind; None where it is not told.
        quantity: None for an option that is not sold by quantity.
    """
    words = [] if sub_option_id in FULL_NAMES else [word_for("option", option_product_id)]
    if sub_option_id and sub_option_id not in PLAIN_PAID:
        words.append(word_for("sub_option", sub_option_id))
    if quantity is not None and quantity != 1:
        words.append(ngettext("%(count)s unit", "%(count)s units", quantity) % {"count": f"{quantity:,}"})
    return listed(words)


def none_at_all() -> str:
    """Return the word for an empty list."""
    return _("None")


def order_words(task_type: str, sub_option_id: str | None, quantity: int | None) -> str:
    """
    Return what is scheduled for an option, beside its name: what happens, and to which size or quantity.

    Args:
        task_type: LINE WORKS's code of the task.
        sub_option_id: the size that the task names; an end and a change of quantity are about the present one.
        quantity: that the task names, if it names one.
    """
    words = [word_for("option_task", task_type)]
    if sub_option_id and task_type not in ("CANCEL", "CHANGE_QUANTITY"):
        words.append(word_for("sub_option", sub_option_id))
    if quantity is not None and quantity != 1:
        words.append(ngettext("%(count)s unit", "%(count)s units", quantity) % {"count": f"{quantity:,}"})
    return listed(words)
