"""The labels of the codes that the API names, in both languages."""

from enum import StrEnum

import pytest
from django.utils import translation

from options.labels import option_words
from portal.core.labels import word_for
from portal.vendor.client import (
    CustomerStatus,
    DomainType,
    LicenseAssignType,
    OptionProductId,
    OptionRenewalType,
    OptionTaskType,
    PartnerStatus,
    PaymentStatus,
    Plan,
    ProductGroupId,
    ProductId,
    RenewalType,
    ReservationType,
    SettlementItemType,
    SubOptionId,
    SubscriptionStatus,
)

# Every code of an enum, and its label in English and Japanese. The codes themselves are checked against the client's.
LABELS: dict[tuple[str, type[StrEnum]], dict[str, tuple[str, str]]] = {
    ("product", ProductId): {
        "FR": ("Free", "フリープラン"),
        "STD_T": ("Standard Trial", "スタンダードトライアル"),
        "ADV_T": ("Advanced Trial", "アドバンストトライアル"),
        "STD": ("Standard", "スタンダードプラン"),
        "ADV": ("Advanced", "アドバンストプラン"),
        "ROG_FR": ("Roger Free", "ラジャー フリープラン"),
        "ROG_STD_T": ("Roger Standard Trial", "ラジャー スタンダードトライアル"),
        "ROG_ADV_T": ("Roger Advanced Trial", "ラジャー アドバンストトライアル"),
        "ROG_STD": ("Roger Standard", "ラジャー スタンダードプラン"),
        "ROG_ADV": ("Roger Advanced", "ラジャー アドバンストプラン"),
        "NTA_FR": ("AiNote Free", "AiNote フリープラン"),
        "NTA_SL_T": ("AiNote Solo Trial", "AiNote ソロトライアル"),
        "NTA_TM_T": ("AiNote Team Trial", "AiNote チームトライアル"),
        "NTA_BZ_T": ("AiNote Business Trial", "AiNote ビジネストライアル"),
        "NTA_EP_T": ("AiNote Enterprise Trial", "AiNote エンタープライズトライアル"),
        "NTA_SL": ("AiNote Solo", "AiNote ソロプラン"),
        "NTA_TM": ("AiNote Team", "AiNote チームプラン"),
        "NTA_BZ": ("AiNote Business", "AiNote ビジネスプラン"),
        "NTA_EP": ("AiNote Enterprise", "AiNote エンタープライズプラン"),
        "JP_PPO_LT_T": ("PaperOn Light Trial", "PaperOn ライトトライアル"),
        "JP_PPO_STD_T": ("PaperOn Standard Trial", "PaperOn スタンダードトライアル"),
        "JP_PPO_ADV_T": ("PaperOn Advanced Trial", "PaperOn アドバンストトライアル"),
        "JP_PPO_LT": ("PaperOn Light", "PaperOn ライトプラン"),
        "JP_PPO_STD": ("PaperOn Standard", "PaperOn スタンダードプラン"),
        "JP_PPO_ADV": ("PaperOn Advanced", "PaperOn アドバンストプラン"),
        "JP_AIS_STD": ("AiStudio Standard", "AiStudio スタンダードプラン"),
    },
    ("product_group", ProductGroupId): {
        "WORKS": ("LINE WORKS", "LINE WORKS"),
        "ROGER": ("Roger", "LINE WORKSラジャー"),
        "NOTE_AI": ("AiNote", "LINE WORKS AiNote"),
        "JP_PAPER_ON": ("PaperOn", "LINE WORKS PaperOn"),
        "JP_AI_STUDIO": ("AiStudio", "LINE WORKS AiStudio"),
    },
    ("plan", Plan): {
        "FREE": ("Free", "フリー"),
        "TRIAL": ("Trial", "トライアル"),
        "MONTHLY": ("Monthly contract, postpay", "月額契約 後払い"),
        "ANNUAL": ("Annual contract, monthly", "年額契約 月払い"),
        "ANNUAL_PREPAY": ("Annual contract, lump sum", "年額契約 一括払い"),
        "FREE_LICENSE": ("Free (license)", "フリー ライセンス"),
        "TRIAL_LICENSE": ("Trial (license)", "トライアル ライセンス"),
        "MONTHLY_LICENSE": ("Monthly contract, postpay (license)", "月額契約 後払い ライセンス"),
        "ANNUAL_LICENSE": ("Annual contract, monthly (license)", "年額契約 月払い ライセンス"),
        "ANNUAL_PREPAY_LICENSE": ("Annual contract, lump sum (license)", "年額契約 一括払い ライセンス"),
    },
    ("short_plan", Plan): {
        "FREE": ("Free", "フリー"),
        "TRIAL": ("Trial", "トライアル"),
        "MONTHLY": ("Monthly, postpay", "月額契約 後払い"),
        "ANNUAL": ("Annual, monthly", "年額契約 月払い"),
        "ANNUAL_PREPAY": ("Annual, lump sum", "年額契約 一括払い"),
        "FREE_LICENSE": ("Free (license)", "フリー ライセンス"),
        "TRIAL_LICENSE": ("Trial (license)", "トライアル ライセンス"),
        "MONTHLY_LICENSE": ("Monthly, postpay", "月額契約 後払い"),
        "ANNUAL_LICENSE": ("Annual, monthly", "年額契約 月払い"),
        "ANNUAL_PREPAY_LICENSE": ("Annual, lump sum", "年額契約 一括払い"),
    },
    ("subscription_status", SubscriptionStatus): {
        "ACTIVE": ("Active", "利用中"),
        "SUSPENDED_TRIALEND": ("Suspended (Trial ended)", "停止（トライアル終了）"),
    },
    ("license_assignment", LicenseAssignType): {
        "NONE": ("None", "割り当て方法なし"),
        "AUTO": ("Automatic", "自動割り当て"),
        "MANUAL": ("Select members", "メンバーを選択"),
    },
    ("customer_status", CustomerStatus): {
        "ACTIVE": ("Active", "正常"),
        "SUSPENDED_ADMIN": ("Suspended (by administrator)", "停止（管理者による停止）"),
        "SUSPENDED_WITHDRAWAL": ("Suspended (pending cancellation)", "停止（解約待機）"),
    },
    ("partnership_status", PartnerStatus): {"TRANSFER_READY": ("Ready to transfer", "取り込み準備中")},
    ("reservation", ReservationType): {
        "CANCEL": ("Cancel subscription", "商品解約"),
        "START_PAID_SERVICE": ("Convert to paid", "有料転換"),
        "ADD_LICENSE": ("Add licenses", "ライセンス追加"),
    },
    ("renewal", RenewalType): {
        "STAY": ("Renew under the same conditions", "同じ条件で更新"),
        "CHANGE": ("Renew with changes", "内容を変更して更新"),
        "CANCEL": ("No renewal (cancel)", "更新しない（解約）"),
    },
    ("renewal", OptionRenewalType): {
        "STAY": ("Renew under the same conditions", "同じ条件で更新"),
        "CHANGE": ("Renew with changes", "内容を変更して更新"),
    },
    ("option", OptionProductId): {
        "ACV2": ("Archive (Talk)", "アーカイブ（トーク）"),
        "ACV3": ("Archive (Mail)", "アーカイブ（メール）"),
        "DRV": ("Drive", "Drive"),
        "SSTG2": ("Shared Storage", "追加ストレージ"),
        "BCT": ("Extend contacts", "アドレス帳登録数拡張"),
        "CST_S": ("CX Talk, 5 agents", "CXトーク 対応者5席の窓口"),
        "CST_M": ("CX Talk, 30 agents", "CXトーク 対応者30席の窓口"),
        "CST_L": ("CX Talk, 100 agents", "CXトーク 対応者100席の窓口"),
        "QTA_O1": ("AiNote extra transcription 100 min, one month", "追加文字起こし時間 100分（単月追加）"),
        "QTA_O2": ("AiNote extra transcription 6,000 min, one month", "追加文字起こし時間 6,000分（単月追加）"),
        "QTA_M1": ("AiNote extra transcription 100 min, monthly", "追加文字起こし時間 100分（毎月追加）"),
        "QTA_M2": ("AiNote extra transcription 6,000 min, monthly", "追加文字起こし時間 6,000分（毎月追加）"),
        "JP_PPO_O": ("PaperOn extra reads, one month", "読み取り回数追加（単月追加）"),
        "JP_PPO_M": ("PaperOn extra reads, monthly", "読み取り回数追加（毎月追加）"),
        "JP_AIS_O": ("AiStudio extra tokens, one month", "追加トークン（単月追加）"),
        "JP_AIS_M": ("AiStudio extra tokens, monthly", "追加トークン（毎月追加）"),
    },
    ("sub_option", SubOptionId): {
        **dict.fromkeys(("ACV200", "ACV300", "CST_S00", "CST_M00", "CST_L00"), ("Trial", "トライアル")),
        **dict.fromkeys(("ACV201", "ACV301", "CST_S01", "CST_M01", "CST_L01"), ("Paid", "有料")),
        "DRV00": ("Drive Trial (Standard)", "Drive トライアル（スタンダード用）"),
        "DRV01": ("Drive (Standard)", "Drive（スタンダード用）"),
        "DRV_PS_T": ("Drive Plus Trial (Standard)", "Drive Plus トライアル（スタンダード用）"),
        "DRV_PS": ("Drive Plus (Standard)", "Drive Plus（スタンダード用）"),
        "DRV_PA_T": ("Drive Plus Trial (Advanced)", "Drive Plus トライアル（アドバンスト用）"),
        "DRV_PA": ("Drive Plus (Advanced)", "Drive Plus（アドバンスト用）"),
        "SSTG201": ("1 TB", "1TB"),
        "SSTG202": ("5 TB", "5TB"),
        "SSTG203": ("10 TB", "10TB"),
        "SSTG204": ("25 TB", "25TB"),
        "SSTG205": ("50 TB", "50TB"),
        "SSTG206": ("100 TB", "100TB"),
        "SSTG207": ("500 TB", "500TB"),
        "BCT01": ("up to 250,000 contacts", "25万件まで"),
        "BCT02": ("up to 500,000 contacts", "50万件まで"),
        "BCT03": ("up to 1,500,000 contacts", "150万件まで"),
        "BCT04": ("up to 5,000,000 contacts", "500万件まで"),
    },
    ("option_task", OptionTaskType): {
        "APPLY": ("Apply", "申し込み"),
        "CANCEL": ("Cancel", "解約"),
        "START_PAID_SERVICE": ("Convert to paid", "有料転換"),
        "MODIFY": ("Upgrade", "アップグレード"),
        "CHANGE_QUANTITY": ("Change quantity", "数量変更"),
    },
    ("item_type", SettlementItemType): {
        "PRODUCT": ("Product", "商品"),
        "OPTION_PRODUCT": ("Option", "オプション商品"),
        "OPTION_PLUS": ("Option Plus", "オプションプラス"),
        "SUMMARY": ("Sum", "合計"),
        "ADJUSTMENT": ("Adjustment amount", "調整金額"),
        "PENALTY": ("Penalty charges", "違約金"),
    },
    ("payment", PaymentStatus): {
        "NONE": ("No payment amount", "支払う金額なし"),
        "PAID": ("Payment completed", "支払い完了"),
        "UNPAID": ("Unpaid", "未払い"),
    },
    ("domain_type", DomainType): {"DOMAIN": ("Domain", "ドメイン"), "GROUP": ("Group name", "グループ名")},
}


@pytest.mark.parametrize(("kind", "codes"), LABELS)
def test_every_code_has_the_label_of_the_glossary(kind: str, codes: type[StrEnum], japanese: None) -> None:
    labels = {}
    for language in ("en", "ja"):
        with translation.override(language):
            labels[language] = {code.value: word_for(kind, code.value) for code in codes}
    assert {code: (labels["en"][code], labels["ja"][code]) for code in labels["en"]} == LABELS[kind, codes]


@pytest.mark.parametrize(
    ("option", "sub_option", "name"),
    [
        ("ACV2", "ACV200", "Archive (Talk), Trial"),
        ("ACV2", "ACV201", "Archive (Talk)"),
        ("DRV", "DRV_PS", "Drive Plus (Standard)"),
        ("SSTG2", "SSTG203", "Shared Storage, 10 TB"),
    ],
)
def test_an_option_is_named_once(option: str, sub_option: str, name: str) -> None:
    assert option_words(option, sub_option, None) == name
