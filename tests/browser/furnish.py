"""
What a stage is furnished with, run inside of it: ``python -m tests.browser.furnish ground``.

    ground    a person for each role, and every customer read
    states    an operation in each state that lasts; tells {state: number}
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import django

django.setup()

# Models can be imported only now.
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402

from portal.access.models import User  # noqa: E402
from portal.access.roles import Role, establish_roles  # noqa: E402
from portal.sync import runs  # noqa: E402
from tests.browser.people import PASSWORD, PEOPLE  # noqa: E402


def ground() -> None:
    """Add the people, and read everything."""
    establish_roles()
    password = make_password(PASSWORD)  # takes long on purpose, so once for all
    for person in PEOPLE:
        user = User.objects.create(email=person.email, name=person.name, password=password)
        user.groups.set([Group.objects.get(name=Role(person.role))])
    run = runs.start()
    while run.is_running:
        runs.work_on(run)
        run.refresh_from_db()
    if run.state != run.State.WHOLE:
        raise RuntimeError(f"the first reading ended {run.state}: {run.problem}")


_STEPS: dict[str, Callable[[], Any]] = {"ground": ground}

if __name__ == "__main__":
    sys.stdout.write(json.dumps(_STEPS[sys.argv[1]]()))
