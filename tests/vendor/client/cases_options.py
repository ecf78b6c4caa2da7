"""Each operation on options and billing, once."""

from portal.vendor.client import (
    NewOptionProduct,
    NewOptionProductOrder,
    OptionPaidService,
    OptionProductId,
    OptionProductOrderChange,
    OptionRenewalChange,
    OptionRenewalType,
    OptionTaskType,
    ProductGroupId,
    SubOptionId,
)
from tests.support.vendor_json import (
    invoice,
    invoice_detail,
    option,
    option_order,
    option_renewal,
    option_usage,
    usage,
)

from .case import CUSTOMER, DAY, Case

OPTIONS = f"{CUSTOMER}/option-products"
ORDERS = f"{CUSTOMER}/option-product-orders"
OPTIONS_AND_BILLING = [
    Case(
        "listOptionProducts",
        lambda api: api.options.list_option_products(7),
        f"GET {OPTIONS}",
        None,
        200,
        {"optionProducts": [option()]},
    ),
    Case(
        "addOptionProduct",
        lambda api: api.options.add_option_product(
            7, NewOptionProduct(option_product_id=OptionProductId.CST_S, sub_option_id=SubOptionId.CST_S01, quantity=2)
        ),
        f"POST {OPTIONS}",
        {"optionProductId": "CST_S", "subOptionId": "CST_S01", "quantity": 2},
        201,
        option(),
    ),
    Case(
        "cancelOptionProduct",
        lambda api: api.options.cancel_option_product(7, OptionProductId.JP_AIS_O),
        f"DELETE {OPTIONS}/JP_AIS_O",
        None,
        204,
    ),
    Case(
        "upgradeOptionProduct",
        lambda api: api.options.upgrade_option_product(7, OptionProductId.BCT, SubOptionId.BCT02),
        f"POST {OPTIONS}/BCT/upgrade",
        {"subOptionId": "BCT02"},
        200,
        option(),
    ),
    Case(
        "convertOptionProductToPaid",
        lambda api: api.options.convert_option_product_to_paid(
            7, OptionProductId.DRV, OptionPaidService(sub_option_id=SubOptionId.DRV_PS, quantity=None)
        ),
        f"POST {OPTIONS}/DRV/paid-service",
        {"subOptionId": "DRV_PS", "quantity": None},
        200,
        option(),
    ),
    Case(
        "addOptionProductQuantity",
        lambda api: api.options.add_option_product_quantity(7, OptionProductId.QTA_M1, 3),
        f"PATCH {OPTIONS}/QTA_M1/add-quantity",
        {"quantity": 3},
        200,
        option(),
    ),
    Case(
        "getOptionProductRenewal",
        lambda api: api.options.get_option_product_renewal(7, OptionProductId.SSTG2),
        f"GET {OPTIONS}/SSTG2/renewal",
        None,
        200,
        option_renewal(),
    ),
    Case(
        "updateOptionProductRenewal",
        lambda api: api.options.update_option_product_renewal(
            7,
            OptionProductId.SSTG2,
            OptionRenewalChange(sub_option_id=SubOptionId.SSTG201, type=OptionRenewalType.CHANGE),
        ),
        f"PATCH {OPTIONS}/SSTG2/renewal",
        {"subOptionId": "SSTG201", "type": "CHANGE"},
        200,
        option_renewal(),
    ),
    Case(
        "listOptionProductOrders",
        lambda api: api.options.list_option_product_orders(7),
        f"GET {ORDERS}",
        None,
        200,
        {"optionProductOrders": [option_order(), option_order(subscriptionId=None)]},
    ),
    Case(
        "addOptionProductOrder",
        lambda api: api.options.add_option_product_order(
            7,
            NewOptionProductOrder(
                option_product_id=OptionProductId.SSTG2,
                type=OptionTaskType.APPLY,
                apply_date=DAY,
                sub_option_id=SubOptionId.SSTG202,
                quantity=None,
            ),
        ),
        f"POST {ORDERS}",
        {
            "optionProductId": "SSTG2",
            "type": "APPLY",
            "applyDate": "2025-02-15",
            "subOptionId": "SSTG202",
            "quantity": None,
        },
        201,
        option_order(),
    ),
    Case(
        "getOptionProductOrder",
        lambda api: api.options.get_option_product_order(7, OptionProductId.SSTG2),
        f"GET {ORDERS}/SSTG2",
        None,
        200,
        option_order(),
    ),
    Case(
        "updateOptionProductOrder",
        lambda api: api.options.update_option_product_order(
            7, OptionProductId.SSTG2, OptionProductOrderChange(apply_date=DAY)
        ),
        f"PATCH {ORDERS}/SSTG2",
        {"applyDate": "2025-02-15"},
        200,
        option_order(),
    ),
    Case(
        "deleteOptionProductOrder",
        lambda api: api.options.delete_option_product_order(7, OptionProductId.ACV3),
        f"DELETE {ORDERS}/ACV3",
        None,
        204,
    ),
    Case(
        "listOptionProductUsages",
        lambda api: api.options.list_option_product_usages(
            7, year=2025, month=12, product_group_id=ProductGroupId.ROGER
        ),
        f"GET {CUSTOMER}/option-product-usages?year=2025&month=12&productGroupId=ROGER",
        None,
        200,
        {"optionProductUsages": [option_usage()]},
    ),
    Case(
        "listCustomerUsages",
        lambda api: api.billing.list_customer_usages(7, year=2025, month=1),
        f"GET {CUSTOMER}/usages?year=2025&month=1",
        None,
        200,
        {"usages": [usage()]},
    ),
    Case(
        "listInvoices",
        lambda api: api.billing.list_invoices(year=2025),
        "GET /partners/invoices?year=2025",
        None,
        200,
        {"invoices": [invoice(paidTime="2025-09-30T12:00:00+09:00")]},
    ),
    Case(
        "listInvoiceDetails",
        lambda api: api.billing.list_invoice_details(year=2025, month=2, count=5, cursor="a="),
        "GET /partners/invoice-details?year=2025&month=2&count=5&cursor=a%3D",
        None,
        200,
        {"invoiceDetails": [invoice_detail()], "responseMetaData": {}},
    ),
]
