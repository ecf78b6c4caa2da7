"""
Labels of the codes of LINE WORKS.

A code that is not listed is shown as it came: LINE WORKS adds products and plans without notice.
"""

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from portal.core.untrusted_text import isolated

PRODUCTS: dict[str, str | Promise] = {
    "FR": _("Free"),
    "STD_T": _("Standard trial"),
    "ADV_T": _("Advanced trial"),
    "STD": _("Standard"),
    "ADV": _("Advanced"),
    "ROG_FR": format_lazy("Roger {}", _("Free")),
    "ROG_STD_T": format_lazy("Roger {}", _("Standard trial")),
    "ROG_ADV_T": format_lazy("Roger {}", _("Advanced trial")),
    "ROG_STD": format_lazy("Roger {}", _("Standard")),
    "ROG_ADV": format_lazy("Roger {}", _("Advanced")),
    "NTA_FR": format_lazy("AiNote {}", _("Free")),
    "NTA_SL": "AiNote Solo",
    "NTA_TM": "AiNote Team",
    "NTA_BZ": "AiNote Business",
    "NTA_EP": "AiNote Enterprise",
    "NTA_SL_T": format_lazy("AiNote Solo, {}", _("trial")),
    "NTA_TM_T": format_lazy("AiNote Team, {}", _("trial")),
    "NTA_BZ_T": format_lazy("AiNote Business, {}", _("trial")),
    "NTA_EP_T": format_lazy("AiNote Enterprise, {}", _("trial")),
    "JP_PPO_LT": "PaperOn Light",
    "JP_PPO_STD": "PaperOn Standard",
    "JP_PPO_ADV": "PaperOn Advanced",
    "JP_PPO_LT_T": format_lazy("PaperOn Light, {}", _("trial")),
    "JP_PPO_STD_T": format_lazy("PaperOn Standard, {}", _("trial")),
    "JP_PPO_ADV_T": format_lazy("PaperOn Advanced, {}", _("trial")),
    "JP_AIS_STD": "AiStudio Standard",
}

PLANS: dict[str, Promise] = {
    "FREE": _("free"),
    "TRIAL": _("trial"),
    "MONTHLY": _("monthly"),
    "ANNUAL_LICENSE": _("annual license"),
    "ANNUAL_PREPAY_LICENSE": _("annual prepaid license"),
    "FREE_LICENSE": _("free license"),
    "TRIAL_LICENSE": _("trial license"),
    "MONTHLY_LICENSE": _("monthly license"),
    "ANNUAL": _("annual"),
    "ANNUAL_PREPAY": _("annual prepaid"),
}

SUBSCRIPTION_STATUSES: dict[str, Promise] = {
    "ACTIVE": _("Active"),
    "SUSPENDED_TRIALEND": _("Trial ended, grace"),
}

CUSTOMER_STATUSES: dict[str, Promise] = {
    "ACTIVE": _("Active"),
    "SUSPENDED_ADMIN": _("Suspended by the administrator"),
    "SUSPENDED_WITHDRAWAL": _("Suspended, to be deleted"),
}

RESERVATIONS: dict[str, Promise] = {
    "CANCEL": _("Ends"),
    "START_PAID_SERVICE": _("Becomes paid"),
    "ADD_LICENSE": _("Licenses are added"),
}

RENEWALS: dict[str, Promise] = {
    "STAY": _("Renews as it is"),
    "CHANGE": _("Changes at renewal"),
    "CANCEL": _("Ends"),
}

OPTIONS: dict[str, str | Promise] = {
    "ACV2": _("Archive of talk"),
    "ACV3": _("Archive of talk and mail"),
    "DRV": "Drive",
    "SSTG2": _("Shared storage"),
    "BCT": _("More contacts"),
    "CST_S": format_lazy("CX Talk, {}", _("5 agents")),
    "CST_M": format_lazy("CX Talk, {}", _("30 agents")),
    "CST_L": format_lazy("CX Talk, {}", _("100 agents")),
}

SUB_OPTIONS: dict[str, str | Promise] = {
    **dict.fromkeys(("ACV200", "ACV300", "DRV00", "CST_S00", "CST_M00", "CST_L00"), _("trial")),
    **dict.fromkeys(("ACV201", "ACV301", "DRV01", "CST_S01", "CST_M01", "CST_L01"), pgettext_lazy("an option", "paid")),
    **dict.fromkeys(("DRV_PS_T", "DRV_PA_T"), format_lazy("Plus, {}", _("trial"))),
    **dict.fromkeys(("DRV_PS", "DRV_PA"), "Plus"),
    "SSTG201": "1 TB",
    "SSTG202": "5 TB",
    "SSTG203": "10 TB",
    "SSTG204": "25 TB",
    "SSTG205": "50 TB",
    "SSTG206": "100 TB",
    "SSTG207": "500 TB",
    "BCT01": "250,000",
    "BCT02": "500,000",
    "BCT03": "1,500,000",
    "BCT04": "5,000,000",
}

OPTION_TASKS: dict[str, Promise] = {
    "APPLY": _("Begins"),
    "START_PAID_SERVICE": _("Becomes paid"),
    "CHANGE_QUANTITY": _("Quantity changes"),
    "CANCEL": _("Ends"),
    "MODIFY": _("Size changes"),
}

PAYMENTS: dict[str, Promise] = {
    "NONE": _("Nothing to pay"),
    "PAID": pgettext_lazy("an invoice", "Paid"),
    "UNPAID": _("Unpaid"),
}

DOMAIN_TYPES: dict[str, Promise] = {"DOMAIN": _("domain"), "GROUP": _("group name")}

LOCALES: dict[str, Promise] = {
    "ja_JP": _("Japanese"),
    "en_US": _("English"),
    "ko_KR": _("Korean"),
    "zh_TW": _("Chinese, traditional"),
    "zh_CN": _("Chinese, simplified"),
}

# What stands in the place of a maximum number of users where there is none.
LIMITS: dict[str, Promise] = {"none": _("no limit")}

_VOCABULARY: dict[str, dict[str, Promise | str]] = {
    "product": PRODUCTS,
    "plan": dict(PLANS),
    "subscription_status": dict(SUBSCRIPTION_STATUSES),
    "domain_type": dict(DOMAIN_TYPES),
    "customer_status": dict(CUSTOMER_STATUSES),
    "reservation": dict(RESERVATIONS),
    "renewal": dict(RENEWALS),
    "option": OPTIONS,
    "sub_option": SUB_OPTIONS,
    "option_task": dict(OPTION_TASKS),
    "payment": dict(PAYMENTS),
    "locale": dict(LOCALES),
    "limit": dict(LIMITS),
}


def listed(parts: Iterable[str]) -> str:
    """Return some words as people list them, with the comma of the language; empty ones are left out."""
    return gettext(", ").join(isolated(part) for part in parts if part)


def word_for(kind: str, code: str | None) -> str:
    """
    Return what people call a vendor code, in the language of the moment.

    Args:
        kind: the vocabulary, such as ``product`` or ``option_task``; in an unknown one no code is known.
        code: LINE WORKS's code; an unknown one is answered as it is, none as a dash.
    """
    if code is None:
        return "–"
    return str(_VOCABULARY.get(kind, {}).get(code, isolated(code)))
