"""Live lookups before onboarding a customer: whether a name is free, what an Online Direct customer uses."""

from collections.abc import Mapping

from portal.sync.lookups import declare
from portal.vendor.client import PartnerApi, PotentialCustomer, VerifiedDomain


def _verify(api: PartnerApi, asked: Mapping[str, str]) -> VerifiedDomain:
    return api.customers.verify_domain(asked["domain"])


def _look(api: PartnerApi, asked: Mapping[str, str]) -> PotentialCustomer:
    return api.customers.get_potential_customer(asked["domain"], partner_code=asked["partnerCode"])


VERIFY = declare("verifyDomain", _verify)
LOOK = declare("getPotentialCustomer", _look)
