"""Operations about domains, and about Online Direct customers."""

from ._bodies_customers import DomainToChangeTo, DomainToUpgrade, DomainToVerify, Transfer
from ._endpoints import Group, endpoint
from ._records_customers import PotentialCustomer, UpgradeDomain, VerifiedDomain

_UPGRADE = "/partners/customers/{domainId}/upgrade-domain"
_POTENTIAL = "/partners/potential-customers/{domain}"


class DomainOperations(Group):
    """The operations on domains; what they raise and need is told by `CustomersApi`."""

    # A POST that changes nothing: LINE WORKS asks the scope to write for it, and it may be repeated.
    @endpoint("verifyDomain", "POST", "/partners/customers/verify-domain", body=DomainToVerify, changes=False)
    def verify_domain(self, domain: str) -> VerifiedDomain:
        """
        Ask whether a domain or group name can be used. Nothing changes.

        Args:
            domain: the name, 2 to 22 characters.

        Returns:
            The name and its kind.

        Raises:
            ValueError: `domain` is too short or too long.
            Refused: LINE WORKS said no, presumably also for a name that can't be used.
            NotSent, NoClearAnswer: no answer; it may be repeated.

        Scope: partner, although it only reads. Vendor page: partner-customer-verify-domain
        """
        answer = self._ask("verifyDomain", body=DomainToVerify(domain=domain))
        return self._one(VerifiedDomain, answer)

    @endpoint("getUpgradeDomain", "GET", _UPGRADE)
    def get_upgrade_domain(self, domain_id: int) -> UpgradeDomain:
        """
        Get the domain a customer is about to use, and what to enter in its DNS.

        Args:
            domain_id: the customer's domainId.

        Raises:
            Refused, NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-upgrade-domain-get
        """
        return self._one(UpgradeDomain, self._ask("getUpgradeDomain", domainId=domain_id))

    @endpoint("createUpgradeDomain", "POST", _UPGRADE, body=DomainToUpgrade)
    def create_upgrade_domain(self, domain_id: int, domain: str) -> UpgradeDomain:
        """
        Register the domain that is to replace a customer's group name.

        Args:
            domain_id: the customer's domainId.
            domain: the domain name.

        Returns:
            The domain, and what to enter in its DNS.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `get_upgrade_domain` tells.

        Scope: partner. Vendor page: partner-customer-upgrade-domain-create
        """
        answer = self._ask("createUpgradeDomain", domainId=domain_id, body=DomainToUpgrade(domain=domain))
        return self._one(UpgradeDomain, answer)

    @endpoint("deleteUpgradeDomain", "DELETE", _UPGRADE, empty=(204,))
    def delete_upgrade_domain(self, domain_id: int) -> None:
        """
        Remove the domain registered to replace a customer's group name.

        Args:
            domain_id: the customer's domainId.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `get_upgrade_domain` tells.

        Scope: partner. Vendor page: partner-customer-upgrade-domain-delete
        """
        self._ask("deleteUpgradeDomain", domainId=domain_id)

    @endpoint(
        "changeDomain", "POST", "/partners/customers/{domainId}/change-domain", body=DomainToChangeTo, empty=(204,)
    )
    def change_domain(self, domain_id: int, domain: str) -> None:
        """
        Turn a customer's group name into a domain name.

        Args:
            domain_id: the customer's domainId.
            domain: the domain name; registered before with `create_upgrade_domain` unless it is one of the
                vendor's own.

        Raises:
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `domain` and `domain_type` of `get_customer` tell.

        Scope: partner. Vendor page: partner-customer-change-domain-post
        """
        self._ask("changeDomain", domainId=domain_id, body=DomainToChangeTo(domain=domain))

    @endpoint("getPotentialCustomer", "GET", _POTENTIAL)
    def get_potential_customer(self, domain: str, *, partner_code: str) -> PotentialCustomer:
        """
        Look at an Online Direct customer before taking it over.

        Args:
            domain: its domain name; no slash.
            partner_code: the code that the customer issued for the partner.

        Raises:
            ValueError: `domain` can't stand in a path.
            Refused, NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-potential-customers-get
        """
        answer = self._ask("getPotentialCustomer", domain=domain, query={"partnerCode": partner_code})
        return self._one(PotentialCustomer, answer)

    @endpoint("transferPotentialCustomer", "POST", _POTENTIAL + "/transfer", body=Transfer, empty=(202,))
    def transfer_potential_customer(self, domain: str, transfer: Transfer) -> None:
        """
        Ask LINE WORKS to make an Online Direct customer one of the partner's. It is done later.

        Args:
            domain: its domain name; no slash.
            transfer: the customer's code, and whether it sees the partner's profile.

        Raises:
            ValueError: `domain` can't stand in a path.
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `list_customers` with its domain tells, after a while.

        Scope: partner. Vendor page: partner-potential-customers-transfer
        """
        self._ask("transferPotentialCustomer", domain=domain, body=transfer)
