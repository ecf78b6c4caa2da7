"""
The labels of LINE WORKS's codes, in one place.

A code that is not listed is shown as it is: LINE WORKS adds plans and options without notice.
"""

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.core.untrusted_text import isolated

PRODUCTS: dict[str, Promise] = {
    "FR": _("Free"),
    "STD_T": _("Standard Trial"),
    "ADV_T": _("Advanced Trial"),
    "STD": _("Standard"),
    "ADV": _("Advanced"),
    "ROG_FR": _("Roger Free"),
    "ROG_STD_T": _("Roger Standard Trial"),
    "ROG_ADV_T": _("Roger Advanced Trial"),
    "ROG_STD": _("Roger Standard"),
    "ROG_ADV": _("Roger Advanced"),
    "NTA_FR": _("AiNote Free"),
    "NTA_SL_T": _("AiNote Solo Trial"),
    "NTA_TM_T": _("AiNote Team Trial"),
    "NTA_BZ_T": _("AiNote Business Trial"),
    "NTA_EP_T": _("AiNote Enterprise Trial"),
    "NTA_SL": _("AiNote Solo"),
    "NTA_TM": _("AiNote Team"),
    "NTA_BZ": _("AiNote Business"),
    "NTA_EP": _("AiNote Enterprise"),
    "JP_PPO_LT_T": _("PaperOn Light Trial"),
    "JP_PPO_STD_T": _("PaperOn Standard Trial"),
    "JP_PPO_ADV_T": _("PaperOn Advanced Trial"),
    "JP_PPO_LT": _("PaperOn Light"),
    "JP_PPO_STD": _("PaperOn Standard"),
    "JP_PPO_ADV": _("PaperOn Advanced"),
    "JP_AIS_STD": _("AiStudio Standard"),
}

PRODUCT_GROUPS: dict[str, str | Promise] = {
    "WORKS": "LINE WORKS",
    "ROGER": _("Roger"),
    "NOTE_AI": _("AiNote"),
    "JP_PAPER_ON": _("PaperOn"),
    "JP_AI_STUDIO": _("AiStudio"),
}

# Contract types. In forms and sentences they are given in full, in lists and tables in short.
PLANS: dict[str, Promise] = {
    "FREE": pgettext_lazy("contract type", "Free"),
    "TRIAL": pgettext_lazy("contract type", "Trial"),
    "MONTHLY": _("Monthly contract, postpay"),
    "ANNUAL_LICENSE": _("Annual contract, monthly (license)"),
    "ANNUAL_PREPAY_LICENSE": _("Annual contract, lump sum (license)"),
    "FREE_LICENSE": _("Free (license)"),
    "TRIAL_LICENSE": _("Trial (license)"),
    "MONTHLY_LICENSE": _("Monthly contract, postpay (license)"),
    "ANNUAL": _("Annual contract, monthly"),
    "ANNUAL_PREPAY": _("Annual contract, lump sum"),
}
_MONTHLY, _ANNUAL, _LUMP_SUM = _("Monthly, postpay"), _("Annual, monthly"), _("Annual, lump sum")
SHORT_PLANS: dict[str, Promise] = {
    **PLANS,
    **dict.fromkeys(("MONTHLY", "MONTHLY_LICENSE"), _MONTHLY),
    **dict.fromkeys(("ANNUAL", "ANNUAL_LICENSE"), _ANNUAL),
    **dict.fromkeys(("ANNUAL_PREPAY", "ANNUAL_PREPAY_LICENSE"), _LUMP_SUM),
}

SUBSCRIPTION_STATUSES: dict[str, Promise] = {
    "ACTIVE": _("Active"),
    "SUSPENDED_TRIALEND": _("Suspended (Trial ended)"),
}

LICENSE_ASSIGNMENTS: dict[str, Promise] = {
    "NONE": pgettext_lazy("license assignment", "None"),
    "AUTO": _("Automatic"),
    "MANUAL": _("Select members"),
}

CUSTOMER_STATUSES: dict[str, Promise] = {
    "ACTIVE": pgettext_lazy("customer status", "Active"),
    "SUSPENDED_ADMIN": _("Suspended (by administrator)"),
    "SUSPENDED_WITHDRAWAL": _("Suspended (pending cancellation)"),
    "UPGRADING": _("Upgrading"),
}

PARTNERSHIP_STATUSES: dict[str, Promise] = {"TRANSFER_READY": _("Ready to transfer")}

RESERVATIONS: dict[str, Promise] = {
    "CANCEL": _("Cancel subscription"),
    "START_PAID_SERVICE": _("Convert to paid"),
    "ADD_LICENSE": _("Add licenses"),
}

RENEWALS: dict[str, Promise] = {
    "STAY": _("Renew under the same conditions"),
    "CHANGE": _("Renew with changes"),
    "CANCEL": _("No renewal (cancel)"),
}

OPTIONS: dict[str, Promise] = {
    "ACV2": _("Archive (Talk)"),
    "ACV3": _("Archive (Mail)"),
    "DRV": _("Drive"),
    "SSTG2": _("Shared Storage"),
    "BCT": _("Extend contacts"),
    "CST_S": _("CX Talk, 5 agents"),
    "CST_M": _("CX Talk, 30 agents"),
    "CST_L": _("CX Talk, 100 agents"),
    "QTA_O1": _("AiNote extra transcription 100 min, one month"),
    "QTA_O2": _("AiNote extra transcription 6,000 min, one month"),
    "QTA_M1": _("AiNote extra transcription 100 min, monthly"),
    "QTA_M2": _("AiNote extra transcription 6,000 min, monthly"),
    "JP_PPO_O": _("PaperOn extra reads, one month"),
    "JP_PPO_M": _("PaperOn extra reads, monthly"),
    "JP_AIS_O": _("AiStudio extra tokens, one month"),
    "JP_AIS_M": _("AiStudio extra tokens, monthly"),
}

# Sub options that say the option's name themselves, and the paid ones that add nothing to it.
FULL_NAMES: dict[str, Promise] = {
    "DRV00": _("Drive Trial (Standard)"),
    "DRV01": _("Drive (Standard)"),
    "DRV_PS_T": _("Drive Plus Trial (Standard)"),
    "DRV_PS": _("Drive Plus (Standard)"),
    "DRV_PA_T": _("Drive Plus Trial (Advanced)"),
    "DRV_PA": _("Drive Plus (Advanced)"),
}
PLAIN_PAID = ("ACV201", "ACV301", "CST_S01", "CST_M01", "CST_L01")
SUB_OPTIONS: dict[str, Promise] = {
    **dict.fromkeys(("ACV200", "ACV300", "CST_S00", "CST_M00", "CST_L00"), pgettext_lazy("an option", "Trial")),
    **dict.fromkeys(PLAIN_PAID, pgettext_lazy("an option", "Paid")),
    **FULL_NAMES,
    "SSTG201": _("1 TB"),
    "SSTG202": _("5 TB"),
    "SSTG203": _("10 TB"),
    "SSTG204": _("25 TB"),
    "SSTG205": _("50 TB"),
    "SSTG206": _("100 TB"),
    "SSTG207": _("500 TB"),
    "BCT01": _("up to 250,000 contacts"),
    "BCT02": _("up to 500,000 contacts"),
    "BCT03": _("up to 1,500,000 contacts"),
    "BCT04": _("up to 5,000,000 contacts"),
}

OPTION_TASKS: dict[str, Promise] = {
    "APPLY": pgettext_lazy("an option", "Apply"),
    "START_PAID_SERVICE": _("Convert to paid"),
    "CHANGE_QUANTITY": _("Change quantity"),
    "CANCEL": pgettext_lazy("an option", "Cancel"),
    "MODIFY": _("Upgrade"),
}

ITEM_TYPES: dict[str, Promise] = {
    "PRODUCT": _("Product"),
    "OPTION_PRODUCT": pgettext_lazy("settlement item", "Option"),
    "OPTION_PLUS": _("Option Plus"),
    "SUMMARY": _("Sum"),
    "ADJUSTMENT": _("Adjustment amount"),
    "PENALTY": _("Penalty charges"),
}

PAYMENTS: dict[str, Promise] = {
    "NONE": _("No payment amount"),
    "PAID": _("Payment completed"),
    "UNPAID": _("Unpaid"),
}

DOMAIN_TYPES: dict[str, Promise] = {"DOMAIN": _("Domain"), "GROUP": _("Group name")}

LOCALES: dict[str, Promise] = {
    "ja_JP": _("Japanese"),
    "en_US": _("English"),
    "ko_KR": _("Korean"),
    "zh_TW": _("Chinese (Traditional)"),
    "zh_CN": _("Chinese (Simplified)"),
}

# What stands in the place of a maximum number of users where there is none.
LIMITS: dict[str, Promise] = {"none": _("No limit")}

_VOCABULARY: dict[str, Mapping[str, Promise | str]] = {
    "product": PRODUCTS,
    "product_group": PRODUCT_GROUPS,
    "plan": PLANS,
    "short_plan": SHORT_PLANS,
    "subscription_status": SUBSCRIPTION_STATUSES,
    "license_assignment": LICENSE_ASSIGNMENTS,
    "domain_type": DOMAIN_TYPES,
    "customer_status": CUSTOMER_STATUSES,
    "partnership_status": PARTNERSHIP_STATUSES,
    "reservation": RESERVATIONS,
    "renewal": RENEWALS,
    "option": OPTIONS,
    # Whatever a settlement item is about
    "item": {**PRODUCTS, **OPTIONS},
    "sub_option": SUB_OPTIONS,
    "option_task": OPTION_TASKS,
    "item_type": ITEM_TYPES,
    "payment": PAYMENTS,
    "locale": LOCALES,
    "limit": LIMITS,
}


def listed(parts: Iterable[str]) -> str:
    """Return some words as people list them, with the comma of the language; empty ones are left out."""
    return gettext(", ").join(isolated(part) for part in parts if part)


def word_for(kind: str, code: str | None) -> str:
    """
    Return the label of a LINE WORKS code, in the language of the page.

    Args:
        kind: the vocabulary, such as ``product`` or ``option_task``; in an unknown one no code is known.
        code: an unknown one is returned as it is, none as a dash.
    """
    if code is None:
        return "–"
    return str(_VOCABULARY.get(kind, {}).get(code, isolated(code)))
