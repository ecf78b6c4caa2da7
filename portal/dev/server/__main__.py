"""The first step of every target, under the machine's own Python: ``python3 -m portal.dev.server run``."""

import sys

# This file has to be readable for the older Python that it turns away.
if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older Python is told so
    found = ".".join(str(part) for part in sys.version_info[:3])
    sys.exit(
        "Partnerdesk needs Python 3.11 or newer, and " + sys.executable + " is " + found + ": "
        "name a newer one, as in `make run PYTHON=python3.12`."
    )

from portal.dev.server.bootstrap import main

main(sys.argv[1:])
