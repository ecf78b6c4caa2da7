"""What the commands about options can be about: an option in use, or one that can be added."""

from collections.abc import Callable, Sequence

from options.catalogue import OFFERED, Option, find
from options.labels import option_words
from portal.core.labels import word_for
from portal.operations.command_forms import CommandTarget
from portal.operations.snapshots import Snapshot
from portal.vendor.client import OptionProduct

# The beginning of the URL of every command about an option.
PATH = "options/<str:option_product_id>"
# Before the code of an option in the row that offers to have it: one in use has a row of its own.
ADDING = "add"


def code_of(target: CommandTarget) -> str:
    """Return the option that a command is about."""
    return str(target.ids["option_product_id"])


def in_use(fits: Callable[[Option], bool] = lambda _option: True) -> Callable[[Snapshot], Sequence[CommandTarget]]:
    """Return a function that finds the known options in use for which a kind of change makes sense."""

    def targets(state: Snapshot) -> Sequence[CommandTarget]:
        known = ((held, find(held.option_product_id)) for held in state.of(OptionProduct))
        return [_target(held) for held, option in known if option and fits(option)]

    return targets


def offered(_state: Snapshot) -> Sequence[CommandTarget]:
    """Return every option that can be added."""
    return [
        CommandTarget({"option_product_id": code}, word_for("option", code), row=f"{ADDING} {code}")
        for code in (option.code for option in OFFERED)
    ]


def _target(held: OptionProduct) -> CommandTarget:
    words = option_words(held.option_product_id, held.sub_option_id, held.quantity)
    return CommandTarget({"option_product_id": str(held.option_product_id)}, words, held)
