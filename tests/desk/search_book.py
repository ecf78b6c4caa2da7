"""A book of customers that are easily mistaken for each other, and what people type to find one of them."""
# ruff: noqa: RUF001  full-width letters and dashes of all kinds are among what people type

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from customers.models import Customer
from tests.support.rows import keep_contracts, keep_customers
from tests.support.vendor_json import customer, subscription

FIRST_DOMAIN, FIRST_TENANT, SUBSCRIPTION = 300_482_201, 200_071_001, 771_204


@dataclass(frozen=True)
class Entry:
    """A customer, and what is typed to find it; each line of ``typed`` is a search."""

    name: str
    domain: str
    code: str
    administrator: str
    typed: str
    email: str = ""
    cellphone: str = ""
    phone: str = ""


BOOK = (
    Entry(
        "株式会社ひかり物流", "hikari-logi.by-works.com", "K-0417", "山本 直子",
        email="naoko@mail.example", cellphone="090-1111-2222", phone="06-0000-4120",
        typed="""
        株式会社ひかり物流
        ㈱ひかり物流
        （株）ひかり物流
        (株)ひかり物流
        ひかり物流
        ヒカリ物流
        ﾋｶﾘ物流
        ひかり物流株式会社
        ひかり 物流
        かぶしきがいしゃひかり物流
        hikari-logi
        HIKARI-LOGI.BY-WORKS.COM
        hikari-logi.by-works.com
        https://hikari-logi.by-works.com/admin?tab=1
        someone@hikari-logi.by-works.com
        K-0417
        ｋ−０４１７
        k0417
        山本 直子
        山本直子
        naoko@mail.example
        NAOKO@MAIL.EXAMPLE
        06-0000-4120
        0600004120
        ０６ー００００ー４１２０
        +81-6-0000-4120
        TEL 06(0000)4120
        090-1111-2222
        +81 90 1111 2222
        ひかり物""",
    ),
    Entry(
        "㈱ひかり電設", "hikari-densetsu.example.co.jp", "K-0418", "近藤 誠",
        phone="03-0000-1001",
        typed="""
        ㈱ひかり電設
        株式会社ひかり電設
        ヒカリ電設
        ひかり電設 近藤
        hikari-densetsu.example.co.jp
        www.hikari-densetsu.example.co.jp
        http://www.hikari-densetsu.example.co.jp/
        mail.hikari-densetsu.example.co.jp/login
        info@hikari-densetsu.example.co.jp
        近藤
        03 0000 1001""",
    ),
    Entry(
        "有限会社ヒカリ技研", "hikari-giken.example.jp", "Y-0003", "伊藤 蓮",
        typed="""
        有限会社ヒカリ技研
        ㈲ヒカリ技研
        （有）ひかり技研
        ヒカリ技研
        ユ)ヒカリ技研
        ㊒ヒカリ技研
        Y-0003""",
    ),
    Entry(
        "株式会社ひかり", "hikari.example.com", "H-1", "田中 翔太",
        typed="""
        株式会社ひかり
        ㈱ヒカリ
        ひかり
        ヒカリ
        ｶ)ﾋｶﾘ
        ﾋｶﾘ(ｶ
        ㊑ひかり
        hikari.example.com
        suzuki@hikari.example.com""",
    ),
    Entry(
        "株式会社サーバー・ワークス", "server-works.example.jp", "S-20", "高橋 美咲",
        typed="""
        サーバー・ワークス
        サーバーワークス
        サーバワークス
        ｻｰﾊﾞｰﾜｰｸｽ
        さーばーわーくす
        サ－バ－ワークス
        サーバ・ワ―クス
        server-works""",
    ),
    Entry(
        "キヤノット株式会社", "canot.example.co.jp", "C-31", "石井 剛",
        typed="""
        キヤノット
        キャノット
        きやのっと
        ｷｬﾉｯﾄ㈱
        canot""",
    ),
    Entry(
        "髙﨑商店", "takasaki-shoten.example.jp", "T-11", "髙﨑 廣志",
        typed="""
        髙﨑商店
        高崎商店
        高﨑商店
        髙崎
        高崎広志
        takasaki-shoten""",
    ),
    Entry(
        "Café Société Inc.", "cafe-societe.example.com", "C-77", "Zoë Müller",
        cellphone="+44 20 7946 0000",
        typed="""
        Café Société
        cafe societe
        CAFE SOCIETE INC
        Cafe Societe, Inc.
        ｃａｆｅ　ｓｏｃｉｅｔｅ
        zoe muller
        Müller
        +44 20 7946 0000
        cafe-societe.example.com""",
    ),
    Entry(
        "Northwind Trading Co., Ltd.", "northwind.example.com", "N-5", "Ann Lee",
        typed="""
        Northwind Trading Co., Ltd.
        Northwind Trading
        northwind trading co ltd
        Northwind Trading Co.,Ltd
        NORTHWIND TRADING
        northwind trad
        株式会社Northwind Trading
        https://northwind.example.com""",
    ),
    Entry(
        "Northwind Foods K.K.", "northwind-foods.example.com", "N-6", "Bo Chan",
        typed="""
        Northwind Foods
        northwind foods kk
        K.K. Northwind Foods
        northwind-foods""",
    ),
    Entry(
        "合同会社わかば化学", "wakaba", "G-9", "佐々木 葵",
        typed="""
        合同会社わかば化学
        （同）わかば化学
        わかば化学
        ワカバ化学
        wakaba
        admin@wakaba
        佐々木 葵
        G-9""",
    ),
    Entry(
        "一般社団法人日本デジタル協議会", "njdk.example.org", "A-1", "林 亮",
        typed="""
        一般社団法人日本デジタル協議会
        (一社)日本デジタル協議会
        日本デジタル協議会
        日本でじたる協議会
        njdk.example.org""",
    ),
    Entry(
        "公益社団法人日本デジタル推進機構", "njds.example.org", "A-2", "森 舞",
        typed="""
        （公社）日本デジタル推進機構
        日本デジタル推進機構
        デジタル推進""",
    ),
    Entry(
        "医療法人社団青葉会", "aobakai.example.jp", "M-100", "清水 恵子",
        phone="022-000-3004",
        typed="""
        医療法人社団青葉会
        (医)青葉会
        青葉会
        医療法人社団 青葉会
        022-000-3004
        aobakai""",
    ),
    Entry(
        "医療法人財団青葉病院", "aoba-hp.example.jp", "M-101", "清水 学",
        typed="""
        青葉病院
        医療法人財団青葉病院
        清水 学""",
    ),
    Entry(
        "学校法人桜丘学園", "sakuragaoka.example.ac.jp", "E-7", "中村 愛",
        typed="""
        学校法人桜丘学園
        （学）桜丘学園
        櫻丘學園
        桜丘学園
        中村愛""",
    ),
    Entry(
        "特定非営利活動法人みどりの森", "midori.example.org", "P-2", "池田 結衣",
        typed="""
        NPO法人みどりの森
        特定非営利活動法人みどりの森
        （特非）みどりの森
        ミドリノ森""",
    ),
    Entry(
        "社会福祉法人みどり会", "midorikai.example.jp", "W-3", "橋本 陽子",
        typed="""
        みどり会
        (福)みどり会
        社会福祉法人みどり会""",
    ),
    Entry(
        "ガラス工房ｶﾞﾝﾊﾞﾙ", "ganbaru.example.jp", "G-10", "阿部 さくら",
        typed="""
        ガラス工房ガンバル
        がんばる
        ｶﾞﾝﾊﾞﾙ
        か\u3099んは\u3099る
        ガラス工房""",
    ),
    Entry(
        "カラス工房", "karasu.example.jp", "G-11", "阿部 千尋",
        typed="""
        カラス工房
        からす
        阿部千尋""",
    ),
    Entry(
        "つばめ運輸　株式会社 東京支店", "tsubame-unyu.by-works.com", "2020-17", "前田 浩",
        typed="""
        つばめ運輸
        つばめ運輸 東京支店
        つばめ運輸東京支店
        ㈱つばめ運輸東京
        東京支店
        2020-17
        tsubame""",
    ),
    Entry(
        "ひ\u200bか\u200bり工業\ufeff", "hk-kogyo.example.jp", "H-2", "岡田 拓也",
        typed="""
        ひかり工業
        ヒカリ\u200b工業
        hk-kogyo""",
    ),
    Entry(
        "★スター☆企画", "star.example.jp", "S-21", "藤井 大輔",
        cellphone="90-6666-0003", phone="0120-000-503",
        typed="""
        スター企画
        ★スター☆企画
        すた企画
        090-6666-0003
        +81-90-6666-0003
        0120000503""",
    ),
    Entry(
        "三河屋フーズ有限会社", "mikawaya-foods.example.jp", "MF-1", "原田 和也",
        typed="""
        三河屋フーズ
        三河屋フ―ズ
        三河屋
        MF1
        ㈲三河屋フーズ""",
    ),
    Entry(
        "A&B Partners LLC", "ab-partners.example.com", "AB/1", "Eve Ray",
        typed="""
        A&B Partners
        a b partners
        AB Partners, LLC
        Ａ＆Ｂ　Ｐａｒｔｎｅｒｓ
        AB/1""",
    ),
)  # fmt: skip


def domain_id(place: int) -> int:
    """Return the domainId of an entry."""
    return FIRST_DOMAIN + place * 7


def _record(place: int, entry: Entry) -> dict[str, Any]:
    last, _blank, first = entry.administrator.partition(" ")
    who = {
        "lastName": last,
        "firstName": first,
        "id": "admin",
        "privateEmail": entry.email or f"person{place}@mail.example",
        "cellphone": entry.cellphone or f"080-0000-{place:04}",
    }
    return customer(
        domain_id(place),
        tenantId=FIRST_TENANT + place * 13,
        companyName=entry.name,
        domain=entry.domain,
        domainType="DOMAIN" if "." in entry.domain else "GROUP",
        phoneNumber=entry.phone or f"03-0000-{place:04}",
        administrator=who,
        partnership={"customerCode": entry.code},
    )


def fill() -> None:
    """Keep the customers, each with a subscription."""
    keep_customers(*(_record(place, entry) for place, entry in enumerate(BOOK)))
    for place in range(len(BOOK)):
        keep_contracts(domain_id(place), subscriptions=[subscription(SUBSCRIPTION + place, domainId=domain_id(place))])


def searches() -> Iterator[tuple[str, Customer]]:
    """Return each search with the customer that is looked for; besides those of the book, by every number."""
    rows = Customer.objects.in_bulk()
    for place, entry in enumerate(BOOK):
        wanted = rows[domain_id(place)]
        for typed in filter(None, map(str.strip, entry.typed.split("\n"))):
            yield typed, wanted
        yield (str(wanted.domain_id), str(wanted.tenant_id), f"{SUBSCRIPTION + place}")[place % 3], wanted
