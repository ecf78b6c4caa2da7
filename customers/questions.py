"""What people ask the vendor about a customer to be: whether a name is free, and what one of Online Direct uses."""

from collections.abc import Mapping

from portal.partner_api import PartnerApi, PotentialCustomer, VerifiedDomain
from portal.sync.questions import declare


def _verify(api: PartnerApi, asked: Mapping[str, str]) -> VerifiedDomain:
    return api.customers.verify_domain(asked["domain"])


def _look(api: PartnerApi, asked: Mapping[str, str]) -> PotentialCustomer:
    return api.customers.get_potential_customer(asked["domain"], partner_code=asked["partnerCode"])


VERIFY = declare("verifyDomain", _verify)
LOOK = declare("getPotentialCustomer", _look)
