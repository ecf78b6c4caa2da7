"""The changes of customers, in the order in which menus offer them."""

from customers.commands.cancellation import DELETE, STAY, WITHDRAW
from customers.commands.domains import ACTIVATE, CHANGE, REGISTER, REMOVE
from customers.commands.onboarding import CREATE, TRANSFER
from customers.commands.profile import EDIT, REPLACE
from customers.commands.usage_status import MOVE_LIMIT, SCHEDULE_LIMIT, SET_LIMIT, UNSCHEDULE_LIMIT
from portal.operations.commands import COMMANDS

COMMANDS.register(EDIT, REPLACE, DELETE)
COMMANDS.register(SET_LIMIT, SCHEDULE_LIMIT, MOVE_LIMIT, UNSCHEDULE_LIMIT, WITHDRAW, STAY)
COMMANDS.register(ACTIVATE, REGISTER, REMOVE, CHANGE)
COMMANDS.register(CREATE, TRANSFER)
