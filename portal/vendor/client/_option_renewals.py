"""Operations about the renewal settings of options."""

from ._assumptions_bodies import OptionRenewalChange
from ._bodies_options import check_belongs, check_option
from ._endpoints import Group, endpoint
from ._records_options import OptionProductRenewal
from ._values import OptionProductId

RENEWABLE_OPTIONS = frozenset(
    {
        OptionProductId.ACV2,
        OptionProductId.ACV3,
        OptionProductId.SSTG2,
        OptionProductId.DRV,
        OptionProductId.BCT,
        OptionProductId.CST_S,
        OptionProductId.CST_M,
        OptionProductId.CST_L,
        OptionProductId.QTA_M1,
        OptionProductId.QTA_M2,
        OptionProductId.JP_PPO_M,
        OptionProductId.JP_AIS_M,
    }
)
"""
Options whose renewal can be set; those for one month have none. Vendor page:
partner-customer-option-products-renewal-patch
"""

_RENEWAL = "/partners/customers/{domainId}/option-products/{optionProductId}/renewal"


class OptionRenewalOperations(Group):
    """The operations on the renewal of options; what they raise and need is told by `OptionsApi`."""

    @endpoint("getOptionProductRenewal", "GET", _RENEWAL)
    def get_option_product_renewal(self, domain_id: int, option_product_id: OptionProductId) -> OptionProductRenewal:
        """
        Get what happens to an option at contract end.

        Args:
            domain_id: the customer's domainId.
            option_product_id: the option.

        Raises:
            Refused, NotSent, NoClearAnswer: see the class.

        Scope: partner.read. Vendor page: partner-customer-option-products-renewal-get
        """
        answer = self._ask("getOptionProductRenewal", domainId=domain_id, optionProductId=option_product_id)
        return self._one(OptionProductRenewal, answer)

    @endpoint("updateOptionProductRenewal", "PATCH", _RENEWAL, body=OptionRenewalChange)
    def update_option_product_renewal(
        self, domain_id: int, option_product_id: OptionProductId, change: OptionRenewalChange
    ) -> OptionProductRenewal:
        """
        Set what is to happen to an option at contract end. Only here can it be lowered.

        Args:
            domain_id: the customer's domainId.
            option_product_id: the option; none of those for one month.
            change: to renew as it is, or with another sub option or quantity.

        Returns:
            The renewal as it is now. Half of the body, and status and body of the answer are inferred.

        Raises:
            ValueError: the option has no renewal, or the sub option isn't one of it.
            Refused, NotSent: nothing happened; only after NotSent may it be repeated.
            NoClearAnswer: it may have happened; `get_option_product_renewal` tells.

        Scope: partner. Vendor page: partner-customer-option-products-renewal-patch
        """
        check_option(option_product_id, RENEWABLE_OPTIONS)
        if change.sub_option_id:
            check_belongs(change.sub_option_id, option_product_id)
        answer = self._ask(
            "updateOptionProductRenewal", domainId=domain_id, optionProductId=option_product_id, body=change
        )
        return self._one(OptionProductRenewal, answer)
