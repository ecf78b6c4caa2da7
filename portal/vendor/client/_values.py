"""
Value lists of LINE WORKS as open enums: unknown values are kept as they came.

The Japanese pages are ahead of the English ones and new values appear without notice, so an unknown value
is data to show and to count, never a reason to stop.
"""

from enum import StrEnum
from typing import Self


class OpenEnum(StrEnum):
    """
    A text from a list that LINE WORKS may lengthen at any time.

    `Plan("MONTHLY") is Plan.MONTHLY`; `Plan("WEEKLY")` is a `Plan` too, equal to `"WEEKLY"`, with `known`
    False. Compare with `==`: unknown values aren't singletons.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    @property
    def known(self) -> bool:
        """Whether the value is in the list as this package knows it."""
        return self._value_ in type(self)._value2member_map_


class ProductId(OpenEnum):
    """
    The product of a subscription. Vendor pages: partner-customer-subscriptions-list, -get;
    partner-customer-preorders-patch
    """

    FR = "FR"
    STD_T = "STD_T"
    ADV_T = "ADV_T"
    STD = "STD"
    ADV = "ADV"
    # LINE WORKS Roger
    ROG_FR = "ROG_FR"
    ROG_STD_T = "ROG_STD_T"
    ROG_ADV_T = "ROG_ADV_T"
    ROG_STD = "ROG_STD"
    ROG_ADV = "ROG_ADV"
    # AiNote
    NTA_FR = "NTA_FR"
    NTA_SL_T = "NTA_SL_T"
    NTA_TM_T = "NTA_TM_T"
    NTA_BZ_T = "NTA_BZ_T"
    NTA_EP_T = "NTA_EP_T"
    NTA_SL = "NTA_SL"
    NTA_TM = "NTA_TM"
    NTA_BZ = "NTA_BZ"
    NTA_EP = "NTA_EP"
    # PaperOn
    JP_PPO_LT_T = "JP_PPO_LT_T"
    JP_PPO_STD_T = "JP_PPO_STD_T"
    JP_PPO_ADV_T = "JP_PPO_ADV_T"
    JP_PPO_LT = "JP_PPO_LT"
    JP_PPO_STD = "JP_PPO_STD"
    JP_PPO_ADV = "JP_PPO_ADV"
    # AiStudio
    JP_AIS_STD = "JP_AIS_STD"


PAID_PRODUCTS = frozenset(
    {
        ProductId.STD,
        ProductId.ADV,
        ProductId.ROG_STD,
        ProductId.ROG_ADV,
        ProductId.NTA_SL,
        ProductId.NTA_TM,
        ProductId.NTA_BZ,
        ProductId.NTA_EP,
        ProductId.JP_PPO_LT,
        ProductId.JP_PPO_STD,
        ProductId.JP_PPO_ADV,
        ProductId.JP_AIS_STD,
    }
)
"""Products that can be ordered for money. Vendor pages: partner-customer-preorders-post (en, jp)"""


class Plan(OpenEnum):
    """
    The contract type of a subscription. Vendor pages: partner-customer-subscriptions-list, -paid-service
    (jp)
    """

    FREE = "FREE"
    FREE_LICENSE = "FREE_LICENSE"
    TRIAL = "TRIAL"
    TRIAL_LICENSE = "TRIAL_LICENSE"
    MONTHLY = "MONTHLY"
    MONTHLY_LICENSE = "MONTHLY_LICENSE"
    ANNUAL = "ANNUAL"
    ANNUAL_LICENSE = "ANNUAL_LICENSE"
    ANNUAL_PREPAY = "ANNUAL_PREPAY"
    ANNUAL_PREPAY_LICENSE = "ANNUAL_PREPAY_LICENSE"


PAID_PLANS = frozenset(
    {
        Plan.MONTHLY,
        Plan.MONTHLY_LICENSE,
        Plan.ANNUAL,
        Plan.ANNUAL_LICENSE,
        Plan.ANNUAL_PREPAY,
        Plan.ANNUAL_PREPAY_LICENSE,
    }
)
"""Contract types that cost money. Vendor page: partner-customer-preorders-post (en, jp)"""


class SubscriptionStatus(OpenEnum):
    """The state of a subscription. Vendor page: partner-customer-subscriptions-list"""

    ACTIVE = "ACTIVE"
    SUSPENDED_TRIALEND = "SUSPENDED_TRIALEND"


class LicenseAssignType(OpenEnum):
    """How licenses reach members; NONE except for Roger. Vendor page: partner-customer-subscriptions-list"""

    NONE = "NONE"
    AUTO = "AUTO"
    MANUAL = "MANUAL"


class ReservationType(OpenEnum):
    """What is scheduled for a subscription. Vendor page: partner-customer-subscriptions-reservation-get"""

    CANCEL = "CANCEL"
    START_PAID_SERVICE = "START_PAID_SERVICE"
    ADD_LICENSE = "ADD_LICENSE"


class RenewalType(OpenEnum):
    """What happens at contract end. Vendor page: partner-customer-subscriptions-renewal-get"""

    STAY = "STAY"
    CHANGE = "CHANGE"
    CANCEL = "CANCEL"


class DomainType(OpenEnum):
    """
    Whether a customer runs under a domain of its own or under a group name. Vendor pages:
    partner-customer-get, partner-customer-verify-domain
    """

    DOMAIN = "DOMAIN"
    GROUP = "GROUP"


class Locale(OpenEnum):
    """A customer's language. Vendor page: appendix"""

    JA_JP = "ja_JP"
    KO_KR = "ko_KR"
    EN_US = "en_US"
    ZH_TW = "zh_TW"
    ZH_CN = "zh_CN"


class PartnerStatus(OpenEnum):
    """
    The tie between a customer and its partner; the list goes on unseen. Vendor page: partner-customer-get
    """

    TRANSFER_READY = "TRANSFER_READY"


class CustomerStatus(OpenEnum):
    """Whether a customer can use the service. Vendor page: partner-customer-usage-status-get"""

    ACTIVE = "ACTIVE"
    SUSPENDED_ADMIN = "SUSPENDED_ADMIN"
    SUSPENDED_WITHDRAWAL = "SUSPENDED_WITHDRAWAL"


class ProductGroupId(OpenEnum):
    """A family of products. Vendor page: partner-customer-usage-list (en, jp)"""

    WORKS = "WORKS"
    NOTE_AI = "NOTE_AI"
    ROGER = "ROGER"
    JP_PAPER_ON = "JP_PAPER_ON"
    JP_AI_STUDIO = "JP_AI_STUDIO"


class OptionProductId(OpenEnum):
    """
    An option; the key of everything about it, together with the customer. Vendor pages:
    partner-customer-option-products-list, partner-customer-option-products-delete (jp)
    """

    # Archive for talk and mail, Drive, Shared Storage, more contacts
    ACV2 = "ACV2"
    ACV3 = "ACV3"
    DRV = "DRV"
    SSTG2 = "SSTG2"
    BCT = "BCT"
    # CX Talk: 5, 30, 100 agents
    CST_S = "CST_S"
    CST_M = "CST_M"
    CST_L = "CST_L"
    # AiNote: more transcription, for one month (O) or every month (M)
    QTA_O1 = "QTA_O1"
    QTA_O2 = "QTA_O2"
    QTA_M1 = "QTA_M1"
    QTA_M2 = "QTA_M2"
    # PaperOn: more reads; AiStudio: more tokens
    JP_PPO_O = "JP_PPO_O"
    JP_PPO_M = "JP_PPO_M"
    JP_AIS_O = "JP_AIS_O"
    JP_AIS_M = "JP_AIS_M"


class SubOptionId(OpenEnum):
    """
    A size or kind of an option; begins with the option's id. Those of AiNote, PaperOn and AiStudio are on no
    page seen. Vendor pages: partner-customer-option-products-post (en, jp)
    """

    ACV200 = "ACV200"
    ACV201 = "ACV201"
    ACV300 = "ACV300"
    ACV301 = "ACV301"
    DRV00 = "DRV00"
    DRV01 = "DRV01"
    DRV_PS_T = "DRV_PS_T"
    DRV_PS = "DRV_PS"
    DRV_PA_T = "DRV_PA_T"
    DRV_PA = "DRV_PA"
    SSTG201 = "SSTG201"
    SSTG202 = "SSTG202"
    SSTG203 = "SSTG203"
    SSTG204 = "SSTG204"
    SSTG205 = "SSTG205"
    SSTG206 = "SSTG206"
    SSTG207 = "SSTG207"
    BCT01 = "BCT01"
    BCT02 = "BCT02"
    BCT03 = "BCT03"
    BCT04 = "BCT04"
    CST_S00 = "CST_S00"
    CST_S01 = "CST_S01"
    CST_M00 = "CST_M00"
    CST_M01 = "CST_M01"
    CST_L00 = "CST_L00"
    CST_L01 = "CST_L01"


class OptionTaskType(OpenEnum):
    """
    What is scheduled for an option. Vendor pages: partner-customer-option-product-orders-list, -patch (MODIFY)
    """

    APPLY = "APPLY"
    START_PAID_SERVICE = "START_PAID_SERVICE"
    CHANGE_QUANTITY = "CHANGE_QUANTITY"
    CANCEL = "CANCEL"
    MODIFY = "MODIFY"


class OptionRenewalType(OpenEnum):
    """
    What happens to an option at contract end; the list was cut after CHANGE. Vendor page:
    partner-customer-option-products-renewal-get
    """

    STAY = "STAY"
    CHANGE = "CHANGE"


class SettlementItemType(OpenEnum):
    """
    The kind of an invoice's line; SUMMARY adds up PRODUCT, OPTION_PRODUCT and ADJUSTMENT. Vendor page:
    partner-customer-invoice-detail-list
    """

    PRODUCT = "PRODUCT"
    OPTION_PRODUCT = "OPTION_PRODUCT"
    OPTION_PLUS = "OPTION_PLUS"
    SUMMARY = "SUMMARY"
    ADJUSTMENT = "ADJUSTMENT"
    PENALTY = "PENALTY"


class PaymentStatus(OpenEnum):
    """Whether an invoice is paid; NONE when there is nothing to pay. Vendor page: partner-customer-invoice-list"""

    NONE = "NONE"
    PAID = "PAID"
    UNPAID = "UNPAID"
