"""
The sandbox against requests that schemathesis makes up from the contract: fitting ones, and ones that do not fit.

Whatever comes, the sandbox answers in a documented form and never with a 5xx; what does not fit the contract is
refused. That is checked twice: by schemathesis, and by the witness of tests/support/checked_sandbox.py, which turns an
answer or an accepted request that the contract does not know into a 500.

A refusal with a status that the operation's page does not list is good when it has the form of the page `error-codes`,
which speaks for the whole API; tests/support/contract.py adds it to every operation. Of what fits the contract, any may
be refused all the same, by a rule that no schema holds.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import checks
from schemathesis.config import GenerationConfig, ProjectConfig, ProjectsConfig, SchemathesisConfig

from tests.support import contract
from tests.support.sandbox import Sandbox

EXAMPLES = 10  # by chance, for each of the 53 operations, beside those at the edges of what the contract allows
TODAY = "2026-01-15"
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]


# Ids that there are, so that what is asked does not only meet what does not exist.
KNOWN_IDS = {
    "DomainId": [*range(300_000_001, 300_000_007)],
    "SubscriptionId": [str(number) for number in range(1, 6)],
    "PreOrderId": [1, 2],
}


def document() -> dict[str, Any]:
    """Give the contract, closed, and with the known ids."""
    contract_: dict[str, Any] = closed(contract.document())
    for name, known in KNOWN_IDS.items():
        contract_["components"]["parameters"][name]["schema"]["enum"] = known
    return contract_


def closed(node: Any) -> Any:
    """Copy a contract in which an object has the documented members and no others."""
    if isinstance(node, list):
        return [closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    copied = {name: closed(value) for name, value in node.items()}
    if isinstance(node.get("properties"), dict) and node.get("type") == "object":
        copied.setdefault("additionalProperties", False)
    return copied


CONFIG = SchemathesisConfig(
    projects=ProjectsConfig(
        default=ProjectConfig(
            generation=GenerationConfig(
                deterministic=True, allow_extra_parameters=False, with_security_parameters=False
            )
        )
    )
)
schema = schemathesis.openapi.from_dict(document(), config=CONFIG)


@pytest.fixture(scope="module")
def process() -> Iterator[Sandbox]:
    with Sandbox.start(customers=20, business_date=TODAY) as sandbox:
        yield sandbox
        assert sandbox.errors() == ""


@pytest.fixture
def sandbox(process: Sandbox) -> Sandbox:
    process.reset()
    return process


@pytest.fixture(scope="module")
def session(process: Sandbox) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {process.get_token()}"
        yield session


@schema.parametrize()
@settings(max_examples=EXAMPLES, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_asked_the_answer_is_documented(
    case: schemathesis.Case[Any], sandbox: Sandbox, session: requests.Session
) -> None:
    case.call_and_validate(base_url=sandbox.api_url, session=session, checks=CHECKS)
