"""The changes of options, in the order in which menus offer them."""

from options.commands.option_orders import ADD_ORDER, CHANGE_ORDER, DELETE_ORDER
from options.commands.options import ADD_OPTION, ADD_QUANTITY, CANCEL_OPTION, CONVERT_OPTION, UPGRADE_OPTION
from options.commands.renewals import SET_RENEWAL
from portal.operations.commands import COMMANDS

COMMANDS.register(ADD_OPTION, UPGRADE_OPTION, CONVERT_OPTION, ADD_QUANTITY, CANCEL_OPTION)
COMMANDS.register(ADD_ORDER, CHANGE_ORDER, DELETE_ORDER, SET_RENEWAL)
