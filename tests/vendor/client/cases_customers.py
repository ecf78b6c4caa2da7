"""Each operation on customers, once."""

from portal.vendor.client import (
    CustomerChange,
    CustomerReplacement,
    Locale,
    NewAdministrator,
    NewCustomer,
    NewPartnership,
    NewUsageStatusRenewal,
    PartnershipChange,
    PartnershipReplacement,
    ProductId,
    Secret,
    Transfer,
    UsageStatusChange,
)
from tests.support.vendor_json import (
    customer,
    upgrade_domain,
    usage_status,
)

from .case import CUSTOMER, DAY, Case

PASSWORD = 'Plnt3d+"<p>/w\\&k8'
PASSWORD_IN_BASE64 = "UGxudDNkKyI8cD4vd1wmazg="


def whole_customer() -> NewCustomer:
    """A new customer with every field that can be given."""
    return NewCustomer(
        domain="example.com",
        company_name="ワークス商事株式会社",
        phone_number="03-0000-0000",
        time_zone="Asia/Tokyo",
        locale=Locale.JA_JP,
        product_id=ProductId.STD_T,
        administrator=NewAdministrator(
            last_name="山田",
            first_name="花子",
            password=Secret(PASSWORD),
            id="admin",
            private_email="hanako@example.net",
            cellphone="090-0000-0000",
            country_code="+81",
        ),
        partnership=NewPartnership(enable_partner_profile_display=False),
    )


CUSTOMERS = [
    Case(
        "verifyDomain",
        lambda api: api.customers.verify_domain("example.com"),
        "POST /partners/customers/verify-domain",
        {"domain": "example.com"},
        200,
        {"domain": "example.com", "type": "DOMAIN"},
    ),
    Case(
        "listCustomers",
        lambda api: api.customers.list_customers(domain="exa mple.com", count=1, cursor="a+/=", order_by="name desc"),
        "GET /partners/customers?domain=exa%20mple.com&count=1&cursor=a%2B%2F%3D&orderBy=name%20desc",
        None,
        200,
        {"customers": [customer()], "responseMetaData": {"nextCursor": "b"}},
    ),
    Case(
        "createCustomer",
        lambda api: api.customers.create_customer(whole_customer()),
        "POST /partners/customers",
        {
            "domain": "example.com",
            "companyName": "ワークス商事株式会社",
            "phoneNumber": "03-0000-0000",
            "timeZone": "Asia/Tokyo",
            "locale": "ja_JP",
            "productId": "STD_T",
            "administrator": {
                "lastName": "山田",
                "firstName": "花子",
                "password": PASSWORD_IN_BASE64,
                "id": "admin",
                "privateEmail": "hanako@example.net",
                "cellphone": "090-0000-0000",
                "countryCode": "+81",
            },
            "partnership": {"enablePartnerProfileDisplay": False},
        },
        201,
        customer(),
    ),
    Case("getCustomer", lambda api: api.customers.get_customer(7), f"GET {CUSTOMER}", None, 200, customer()),
    Case(
        "updateCustomer",
        lambda api: api.customers.update_customer(
            7,
            CustomerReplacement(
                company_name="Example",
                phone_number="+81-3",
                time_zone="Asia/Tokyo",
                locale=Locale.EN_US,
                partnership=PartnershipReplacement(
                    customer_code="", enable_partner_profile_display=True, memo="要確認"
                ),
            ),
        ),
        f"PUT {CUSTOMER}",
        {
            "companyName": "Example",
            "phoneNumber": "+81-3",
            "timeZone": "Asia/Tokyo",
            "locale": "en_US",
            "partnership": {"customerCode": "", "enablePartnerProfileDisplay": True, "memo": "要確認"},
        },
        200,
        customer(),
    ),
    Case(
        "patchCustomer",
        lambda api: api.customers.patch_customer(7, CustomerChange(partnership=PartnershipChange(memo="要確認"))),
        f"PATCH {CUSTOMER}",
        {"partnership": {"memo": "要確認"}},
        200,
        customer(),
    ),
    Case(
        "deleteCustomer", lambda api: api.customers.delete_customer(7), f"DELETE {CUSTOMER}", None, 204, outcome="gone"
    ),
    Case(
        "activateCustomer",
        lambda api: api.customers.activate_customer(7),
        f"POST {CUSTOMER}/activate",
        None,
        200,
        customer(),
    ),
    Case(
        "getUpgradeDomain",
        lambda api: api.customers.get_upgrade_domain(7),
        f"GET {CUSTOMER}/upgrade-domain",
        None,
        200,
        upgrade_domain(),
    ),
    Case(
        "createUpgradeDomain",
        lambda api: api.customers.create_upgrade_domain(7, "example.com"),
        f"POST {CUSTOMER}/upgrade-domain",
        {"domain": "example.com"},
        201,
        upgrade_domain(),
    ),
    Case(
        "deleteUpgradeDomain",
        lambda api: api.customers.delete_upgrade_domain(7),
        f"DELETE {CUSTOMER}/upgrade-domain",
        None,
        204,
    ),
    Case(
        "changeDomain",
        lambda api: api.customers.change_domain(7, "example.com"),
        f"POST {CUSTOMER}/change-domain",
        {"domain": "example.com"},
        204,
    ),
    Case(
        "getPotentialCustomer",
        lambda api: api.customers.get_potential_customer("例 ex%2F.com", partner_code="WS+q"),
        "GET /partners/potential-customers/%E4%BE%8B%20ex%252F.com?partnerCode=WS%2Bq",
        None,
        200,
        {
            "tenantId": 10000001,
            "domainId": 10000001,
            "domain": "example.com",
            "productId": "FR",
            "productIds": ["FR", "NTA_FR"],
            "notHandledApps": ["ABC app"],
        },
    ),
    Case(
        "transferPotentialCustomer",
        lambda api: api.customers.transfer_potential_customer(
            "example.com", Transfer(partner_code="WSq", enable_partner_profile_display=True)
        ),
        "POST /partners/potential-customers/example.com/transfer",
        {"partnerCode": "WSq", "enablePartnerProfileDisplay": True},
        202,
    ),
    Case(
        "getUsageStatus",
        lambda api: api.customers.get_usage_status(7),
        f"GET {CUSTOMER}/usage-status",
        None,
        200,
        usage_status(),
    ),
    Case(
        "patchUsageStatus",
        lambda api: api.customers.patch_usage_status(7, UsageStatusChange(max_member_count=10, withdrawal_date=None)),
        f"PATCH {CUSTOMER}/usage-status",
        {"maxMemberCount": 10, "withdrawalDate": None},
        200,
        usage_status(),
    ),
    Case(
        "createUsageStatusRenewal",
        lambda api: api.customers.create_usage_status_renewal(
            7, NewUsageStatusRenewal(apply_date=DAY, max_member_count=None)
        ),
        f"POST {CUSTOMER}/usage-status/renewal",
        {"applyDate": "2025-02-15", "maxMemberCount": None},
        201,
        usage_status(),
    ),
    Case(
        "patchUsageStatusRenewal",
        lambda api: api.customers.patch_usage_status_renewal(7, DAY),
        f"PATCH {CUSTOMER}/usage-status/renewal",
        {"applyDate": "2025-02-15"},
        200,
        usage_status(),
    ),
    Case(
        "deleteUsageStatusRenewal",
        lambda api: api.customers.delete_usage_status_renewal(7),
        f"DELETE {CUSTOMER}/usage-status/renewal",
        None,
        204,
    ),
]
