"""The changes of subscriptions and pre-orders, in the order in which menus offer them."""

from portal.operations.commands import COMMANDS
from subscriptions.commands.contract import ADD, ADD_LICENSES, CANCEL, CONVERT, UPGRADE
from subscriptions.commands.pre_orders import ADD_PRE_ORDER, DELETE_PRE_ORDER, MOVE_PRE_ORDER
from subscriptions.commands.renewals import SET_RENEWAL
from subscriptions.commands.reservations import DELETE_RESERVATION, MOVE_RESERVATION, RESERVE

COMMANDS.register(ADD_PRE_ORDER, MOVE_PRE_ORDER, DELETE_PRE_ORDER)
COMMANDS.register(ADD, ADD_LICENSES, CONVERT, UPGRADE)
COMMANDS.register(RESERVE, MOVE_RESERVATION, DELETE_RESERVATION, SET_RENEWAL, CANCEL)
