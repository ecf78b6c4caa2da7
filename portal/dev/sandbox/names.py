"""Words that believable Japanese companies and people are made of, each with its romanised form."""

Word = tuple[str, str]


def _words(text: str) -> tuple[Word, ...]:
    """Read "漢字 romaji" pairs, one after the other."""
    parts = text.split()
    return tuple(zip(parts[::2], parts[1::2], strict=True))


# What a company is called after: places, surnames, things of good omen.
STEMS = _words("""
    札幌 sapporo 函館 hakodate 青森 aomori 盛岡 morioka 仙台 sendai 秋田 akita 山形 yamagata 会津 aizu 水戸
    mito 宇都宮 utsunomiya 前橋 maebashi 川越 kawagoe 浦和 urawa 千葉 chiba 船橋 funabashi 銚子 choshi 品川
    shinagawa 日本橋 nihonbashi 上野 ueno 浅草 asakusa 横浜 yokohama 川崎 kawasaki 湘南 shonan 鎌倉 kamakura
    小田原 odawara 新潟 niigata 長岡 nagaoka 富山 toyama 金沢 kanazawa 福井 fukui 甲府 kofu 松本 matsumoto
    諏訪 suwa 岐阜 gifu 静岡 shizuoka 浜松 hamamatsu 豊橋 toyohashi 名古屋 nagoya 岡崎 okazaki 四日市
    yokkaichi 伊勢 ise 大津 otsu 京都 kyoto 宇治 uji 難波 namba 堺 sakai 北浜 kitahama 神戸 kobe 姫路 himeji
    明石 akashi 奈良 nara 吉野 yoshino 紀州 kishu 鳥取 tottori 出雲 izumo 岡山 okayama 倉敷 kurashiki 尾道
    onomichi 呉 kure 下関 shimonoseki 徳島 tokushima 讃岐 sanuki 松山 matsuyama 土佐 tosa 小倉 kokura 博多
    hakata 久留米 kurume 佐賀 saga 長崎 nagasaki 熊本 kumamoto 別府 beppu 日向 hyuga 薩摩 satsuma 那覇 naha
    富士 fuji 筑波 tsukuba 瀬戸内 setouchi 飛騨 hida 信州 shinshu 佐藤 sato 鈴木 suzuki 高橋 takahashi 田中
    tanaka 渡辺 watanabe 伊藤 ito 山本 yamamoto 中村 nakamura 小林 kobayashi 加藤 kato 吉田 yoshida 山田
    yamada 佐々木 sasaki 山口 yamaguchi 松本屋 matsumotoya 井上 inoue 木村 kimura 斎藤 saito 清水 shimizu 山崎
    yamazaki 池田 ikeda 橋本 hashimoto 石川 ishikawa 小川 ogawa 岡田 okada 長谷川 hasegawa 藤田 fujita 後藤
    goto 近藤 kondo 村上 murakami 遠藤 endo 坂本 sakamoto 青木 aoki 西村 nishimura 福田 fukuda 太田 ota 三浦
    miura 朝日 asahi 旭 asahi 東海 tokai 北陸 hokuriku 山陽 sanyo 関西 kansai 九州 kyushu 東和 towa 大和
    yamato 共栄 kyoei 三栄 sanei 丸善屋 maruzenya 丸山 maruyama 丸福 marufuku 大成堂 taiseido 光陽 koyo 明光
    meiko 清流 seiryu 若葉 wakaba 青葉 aoba 双葉 futaba 桜 sakura 松風 matsukaze 竹村 takemura 梅田 umeda 楓
    kaede 白鳥 shiratori 千歳 chitose 鶴亀 tsurukame 寿 kotobuki 栄 sakae 福寿 fukuju 北斗 hokuto 昴 subaru 暁
    akatsuki 天竜 tenryu 緑川 midorikawa さくら sakura みどり midori ひまわり himawari つばさ tsubasa はるか
    haruka みなと minato ひかり hikari あおぞら aozora こだま kodama のぞみ nozomi わかば wakaba すずらん
    suzuran たんぽぽ tampopo あさひ asahi ゆうひ yuhi にじいろ nijiiro サンライズ sunrise ブルースカイ bluesky
    グリーン green アクア aqua ネクスト next ハーモニー harmony フロンティア frontier オリオン orion スバル
    subaru リバティ liberty パートナー partner ライト light ミライ mirai テラス terrace コスモ cosmo
""")

# What it does.
TRADES = _words("""
    物流 logi 運輸 unyu 運送 unso 倉庫 soko 急便 kyubin 設計 sekkei 建設 kensetsu 工務店 komuten 土木 doboku
    電気工事 denki 設備 setsubi 塗装 toso 造園 zoen 不動産 fudosan 住宅 jutaku 商事 shoji 商店 shoten 商会
    shokai 食品 shokuhin フーズ foods 水産 suisan 青果 seika 製菓 seika 酒造 shuzo 製茶 seicha 農園 noen 牧場
    bokujo 精機 seiki 製作所 seisaku 工業 kogyo 鉄工所 tekko 金属 kinzoku 化学 kagaku 樹脂 jushi 電子 denshi
    電機 denki 印刷 insatsu 紙業 shigyo 繊維 seni 縫製 hosei 家具 kagu 硝子 garasu 木材 mokuzai 自動車 jidosha
    自動車整備 seibi 観光 kanko 旅館 ryokan ホテル hotel 交通 kotsu タクシー taxi 警備 keibi 清掃 seiso
    ビル管理 building 人材 jinzai 広告 kokoku 企画 kikaku 出版 shuppan 薬局 yakkyoku 介護サービス kaigo
    保険事務所 hoken 測量 sokuryo 環境 kankyo システム systems ソフト soft テクノ techno デザイン design
    エンジニアリング eng サービス service ホールディングス hd コンサルティング consulting ロジスティクス
    logistics マテリアル material パーツ parts トレーディング trading ファーム farm キッチン kitchen ワークス
    works ラボ lab スタジオ studio クリエイト create
""")

LATIN_STEMS = (
    "Northwind",
    "Harbor",
    "Lumina",
    "Brightleaf",
    "Cedar",
    "Nexone",
    "Verita",
    "Solaria",
    "Kite",
    "Meridian",
    "Tomorrow",
    "Sakuraya",
    "Hokuto",
    "Aozora",
    "Kaizen",
    "Musubi",
    "Hinode",
    "Komorebi",
    "Tsunagu",
    "Asobi",
    "Irodori",
    "Nagomi",
)
LATIN_TRADES = (
    "Works",
    "Design",
    "Labs",
    "Partners",
    "Foods",
    "Systems",
    "Studio",
    "Trading",
    "Medical",
    "Logistics",
    "Creative",
)

SCHOOLS = _words("学園 gakuen 学院 gakuin 高等学校 hs 幼稚園 youchien 専門学校 college こども園 kodomoen")
CLINICS = _words("""
    病院 hospital クリニック clinic 内科医院 naika 歯科医院 dental 整形外科 seikei 眼科 ganka 小児科 shonika
""")
WELFARE = _words("福祉会 fukushi 苑 en 愛育会 aiikukai 慈光会 jikokai 長寿園 chojuen 保育園 hoikuen")

LAST_NAMES = _words("""
    佐藤 sato 鈴木 suzuki 高橋 takahashi 田中 tanaka 伊藤 ito 渡辺 watanabe 山本 yamamoto 中村 nakamura 小林
    kobayashi 加藤 kato 吉田 yoshida 山田 yamada 佐々木 sasaki 山口 yamaguchi 松本 matsumoto 井上 inoue 木村
    kimura 林 hayashi 斎藤 saito 清水 shimizu 山崎 yamazaki 森 mori 池田 ikeda 橋本 hashimoto 阿部 abe 石川
    ishikawa 山下 yamashita 中島 nakajima 石井 ishii 小川 ogawa 前田 maeda 岡田 okada 長谷川 hasegawa 藤田
    fujita 後藤 goto 近藤 kondo 村上 murakami 遠藤 endo 青木 aoki 坂本 sakamoto 西村 nishimura 福田 fukuda
    太田 ota 三浦 miura 藤井 fujii 原田 harada
""")
FIRST_NAMES = _words("""
    太郎 taro 健一 kenichi 誠 makoto 浩 hiroshi 隆 takashi 学 manabu 大輔 daisuke 翔太 shota 拓也 takuya 直樹
    naoki 剛 tsuyoshi 亮 ryo 和也 kazuya 悠斗 yuto 蓮 ren 花子 hanako 陽子 yoko 恵子 keiko 由美子 yumiko
    真由美 mayumi 裕子 yuko 美咲 misaki 愛 ai 彩 aya 舞 mai 結衣 yui さくら sakura 葵 aoi 千尋 chihiro 智子
    tomoko 久美子 kumiko
""")

# Dialling codes of the landline numbers, with the digits that are left for exchange and subscriber.
AREA_CODES = (
    ("03", 8),
    ("06", 8),
    ("011", 7),
    ("022", 7),
    ("045", 7),
    ("052", 7),
    ("075", 7),
    ("078", 7),
    ("092", 7),
)

MEMOS = (
    "請求書は紙で郵送", "年度末に契約見直し予定", "窓口は総務部", "更新は3か月前に連絡", "拠点が3か所ある",
    "導入支援あり（メール移行）", "紹介元あり", "電話は午前中が希望", "情報システム担当は1名",
)  # fmt: skip
