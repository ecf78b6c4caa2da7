"""
Parse an upload in a process of its own, with limited time and memory and nothing of Partnerdesk.

`python -m portal.core.tables.parser_process` takes a file as its input and writes its table as JSON, or why there is
none.
"""

import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from portal.core.tables.parsers import BadFile, Line, Table, read

# The largest honest table takes a third of it.
CPU_SECONDS = 3
# The clock runs on while a busy machine gives the process no time; an honest file is not refused for that.
WALL_SECONDS = 10
MOST_MEMORY = 200 * 1024 * 1024
_ROOT = Path(__file__).parents[3]


def read_apart(content: bytes) -> Table:
    """
    Return the table in a file.

    Raises:
        BadFile: there is none, or to read it takes too much time or memory.
    """
    try:
        done = subprocess.run(  # noqa: S603  our own module
            [sys.executable, "-m", __spec__.name],
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            # Nothing that Partnerdesk holds: no address of a database, no secret.
            env={"PATH": os.defpath, "OPENPYXL_LXML": "False", "OPENPYXL_DEFUSEDXML": "True"},
            timeout=WALL_SECONDS,
            check=False,
        )
        answer: dict[str, Any] = json.loads(done.stdout) if done.returncode == 0 else {"code": "costly", "values": {}}
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        raise BadFile("costly") from None
    if "code" in answer:
        raise BadFile(answer["code"], **answer["values"])
    return Table(**answer | {"rows": [Line(**row) for row in answer["rows"]]})


def main() -> None:
    """Read a file from the input within the limits, and write what it holds."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Address space, of which the memory in use is a part; macOS knows the name and does not hold it.
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.RLIM_INFINITY))
    try:
        answer = asdict(read(sys.stdin.buffer.read()))
    except BadFile as fault:
        answer = fault.to_json()
    except MemoryError:
        answer = BadFile("costly").to_json()
    sys.stdout.buffer.write(json.dumps(answer, ensure_ascii=False).encode("utf-8", "surrogatepass"))


if __name__ == "__main__":
    main()
