"""
The tables of the sandbox's state, and the indexes that are built once they are filled.

What the API answers with is kept as the JSON record itself; the columns beside a record are generated from it, so the
two can't disagree. What the API never shows, or shows in several answers, stands in columns.
"""

LAYOUT_VERSION = 4

TABLES = {
    "customers": """
        CREATE TABLE customers (
            domain_id INTEGER PRIMARY KEY,
            record TEXT NOT NULL,
            domain TEXT GENERATED ALWAYS AS (json_extract(record, '$.domain')) VIRTUAL NOT NULL,
            domain_type TEXT GENERATED ALWAYS AS (json_extract(record, '$.domainType')) VIRTUAL NOT NULL,
            company_name TEXT GENERATED ALWAYS AS (json_extract(record, '$.companyName')) VIRTUAL NOT NULL
        )""",
    # One row for each customer: its usage status, and what the rules ask about it that no answer shows.
    "platforms": """
        CREATE TABLE platforms (
            domain_id INTEGER PRIMARY KEY,
            status TEXT NOT NULL DEFAULT 'ACTIVE',
            member_count INTEGER NOT NULL DEFAULT 1,
            max_member_count INTEGER,
            limit_date TEXT,               -- day of the scheduled change of the user limit, NULL for none
            limit_count INTEGER,           -- the limit from that day on, NULL for no limit
            withdrawal_date TEXT,          -- scheduled withdrawal, or the day of deletion while that is pending
            withdrawal_set_on TEXT,        -- the day on which that withdrawal was asked for
            is_partner INTEGER NOT NULL DEFAULT 0,     -- the partner's own domain
            has_slow_app INTEGER NOT NULL DEFAULT 0,   -- has ever installed a paid app without real-time billing
            accepted_terms INTEGER NOT NULL DEFAULT 1,
            upgrade_domain TEXT,           -- registered with createUpgradeDomain, to take the place of the group name
            has_dns INTEGER NOT NULL DEFAULT 0,        -- whether its DNS holds the values of getUpgradeDomain
            storage_gb INTEGER NOT NULL DEFAULT 0,     -- in use: decides whether an option may shrink at renewal
            contacts INTEGER NOT NULL DEFAULT 0
        )""",
    # Customers that were deleted: the invoice details of earlier months still name them.
    "departed": "CREATE TABLE departed (domain_id INTEGER PRIMARY KEY, record TEXT NOT NULL)",
    # Online Direct customers, before and while they come over to the partner.
    "potentials": """
        CREATE TABLE potentials (
            domain TEXT PRIMARY KEY,
            record TEXT NOT NULL,
            partner_code TEXT NOT NULL,
            moves_at REAL                  -- UNIX seconds at which an accepted transfer is done, NULL for none
        ) WITHOUT ROWID""",
    "subscriptions": """
        CREATE TABLE subscriptions (
            subscription_id INTEGER PRIMARY KEY AUTOINCREMENT,
            domain_id INTEGER NOT NULL,
            record TEXT NOT NULL,
            product_id TEXT GENERATED ALWAYS AS (json_extract(record, '$.productId')) VIRTUAL NOT NULL,
            plan TEXT GENERATED ALWAYS AS (json_extract(record, '$.plan')) VIRTUAL NOT NULL,
            end_date TEXT GENERATED ALWAYS AS (json_extract(record, '$.planEndDate')) VIRTUAL,
            status TEXT GENERATED ALWAYS AS (json_extract(record, '$.status')) VIRTUAL NOT NULL,
            is_paid INTEGER GENERATED ALWAYS AS (json_type(record, '$.renewal') = 'object') VIRTUAL NOT NULL
        )""",
    # Product groups of which a customer has had a subscription that ended: a paid plan asks for that.
    "tried": """
        CREATE TABLE tried (
            domain_id INTEGER NOT NULL,
            product_group TEXT NOT NULL,
            PRIMARY KEY (domain_id, product_group)
        ) WITHOUT ROWID""",
    "pre_orders": """
        CREATE TABLE pre_orders (
            pre_order_id INTEGER PRIMARY KEY AUTOINCREMENT,
            domain_id INTEGER NOT NULL,
            product_id TEXT NOT NULL,
            plan TEXT NOT NULL,
            license_count INTEGER,
            apply_date TEXT NOT NULL
        )""",
    # The one scheduled task of a subscription.
    "reservations": """
        CREATE TABLE reservations (
            subscription_id INTEGER PRIMARY KEY,
            domain_id INTEGER NOT NULL,
            type TEXT NOT NULL,
            apply_date TEXT NOT NULL,
            plan TEXT,
            product_id TEXT,
            license_count INTEGER
        )""",
    # Options in use; `renewal` is the record that getOptionProductRenewal answers with, NULL where there is none.
    "options": """
        CREATE TABLE options (
            domain_id INTEGER NOT NULL,
            option_product_id TEXT NOT NULL,
            subscription_id INTEGER NOT NULL,
            record TEXT NOT NULL,
            renewal TEXT,
            plan TEXT GENERATED ALWAYS AS (json_extract(record, '$.plan')) VIRTUAL NOT NULL,
            end_date TEXT GENERATED ALWAYS AS (json_extract(record, '$.planEndDate')) VIRTUAL,
            PRIMARY KEY (domain_id, option_product_id)
        ) WITHOUT ROWID""",
    # The one scheduled task of an option; its subscription is NULL while that is a pre-order itself.
    "option_orders": """
        CREATE TABLE option_orders (
            domain_id INTEGER NOT NULL,
            option_product_id TEXT NOT NULL,
            subscription_id INTEGER,
            sub_option_id TEXT NOT NULL,
            type TEXT NOT NULL,
            quantity INTEGER,
            apply_date TEXT NOT NULL,
            PRIMARY KEY (domain_id, option_product_id)
        ) WITHOUT ROWID""",
    # Options given up inside an annual contract, and the first day on which they can be taken again.
    "option_pauses": """
        CREATE TABLE option_pauses (
            domain_id INTEGER NOT NULL,
            option_product_id TEXT NOT NULL,
            until TEXT NOT NULL,
            PRIMARY KEY (domain_id, option_product_id)
        ) WITHOUT ROWID""",
    # What was metered, as stretches of days on which nothing changed; the running one has no end yet.
    "stretches": """
        CREATE TABLE stretches (
            id INTEGER PRIMARY KEY,
            domain_id INTEGER NOT NULL,
            subscription_id INTEGER NOT NULL,
            item_type TEXT NOT NULL,       -- PRODUCT or OPTION_PRODUCT
            item_id TEXT NOT NULL,         -- productId or optionProductId
            sub_item_id TEXT,              -- subOptionId
            plan TEXT NOT NULL,
            license_count INTEGER,
            member_count INTEGER NOT NULL,
            max_member_count INTEGER,
            quantity INTEGER,
            status TEXT NOT NULL,
            term_start TEXT NOT NULL,      -- planStartDate of its contract or trial
            term_end TEXT,                 -- its planEndDate
            paid_at_once INTEGER NOT NULL, -- yen before tax, billed whole with the month of start_date
            start_date TEXT NOT NULL,
            end_date TEXT
        )""",
    # Customers of whom something changed since they were last metered.
    "unmetered": "CREATE TABLE unmetered (domain_id INTEGER PRIMARY KEY)",
    # What goes on an invoice beside usage: penalties, adjustments, Option Plus.
    "charges": """
        CREATE TABLE charges (
            id INTEGER PRIMARY KEY,
            domain_id INTEGER NOT NULL,
            month TEXT NOT NULL,           -- YYYY-MM of the usage month that it is billed with
            item_type TEXT NOT NULL,       -- PENALTY, ADJUSTMENT or OPTION_PLUS
            subscription_id INTEGER,
            item_id TEXT,
            amount INTEGER NOT NULL        -- yen before tax
        )""",
    # Lines that are billed wrong on purpose, so that a check has something to find.
    "misbillings": """
        CREATE TABLE misbillings (
            id INTEGER PRIMARY KEY,
            domain_id INTEGER NOT NULL,
            month TEXT NOT NULL,           -- YYYY-MM of the usage month
            about TEXT NOT NULL,           -- the members by which the line is found
            what TEXT NOT NULL,            -- drop, double, add or replace
            line TEXT NOT NULL
        )""",
    "invoices": """
        CREATE TABLE invoices (
            invoice_no INTEGER PRIMARY KEY AUTOINCREMENT,
            year INTEGER NOT NULL,
            month INTEGER NOT NULL,
            record TEXT NOT NULL
        )""",
    "effects": """
        CREATE TABLE effects (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,
            business_date TEXT NOT NULL,
            operation TEXT NOT NULL,
            domain_id INTEGER,             -- NULL when no customer is concerned, as with an invoice
            what TEXT NOT NULL
        )""",
    "meta": "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
}

# Built after the rows of a fresh seed: that is several times quicker than keeping them up to date row by row.
INDEXES = (
    "CREATE UNIQUE INDEX customers_by_domain ON customers (domain)",
    "CREATE INDEX customers_by_name ON customers (company_name, domain_id)",
    "CREATE UNIQUE INDEX platforms_by_upgrade_domain ON platforms (upgrade_domain) WHERE upgrade_domain IS NOT NULL",
    "CREATE INDEX platforms_by_limit_date ON platforms (limit_date) WHERE limit_date IS NOT NULL",
    "CREATE INDEX platforms_by_withdrawal ON platforms (withdrawal_date) WHERE withdrawal_date IS NOT NULL",
    # These two are for the page alone, which counts all of them.
    "CREATE INDEX platforms_by_status ON platforms (status) WHERE status <> 'ACTIVE'",
    "CREATE INDEX subscriptions_by_product ON subscriptions (product_id, plan, status)",
    "CREATE INDEX subscriptions_by_customer ON subscriptions (domain_id, subscription_id)",
    "CREATE INDEX subscriptions_by_end ON subscriptions (is_paid, status, end_date) WHERE end_date IS NOT NULL",
    "CREATE INDEX pre_orders_by_customer ON pre_orders (domain_id, pre_order_id)",
    "CREATE INDEX pre_orders_by_date ON pre_orders (apply_date, pre_order_id)",
    "CREATE INDEX reservations_by_date ON reservations (apply_date, subscription_id)",
    "CREATE INDEX options_by_end ON options (end_date)",
    "CREATE INDEX option_orders_by_date ON option_orders (apply_date)",
    "CREATE INDEX stretches_by_customer ON stretches (domain_id, start_date)",
    "CREATE INDEX running_stretches ON stretches (domain_id) WHERE end_date IS NULL",
    "CREATE INDEX charges_by_month ON charges (month, domain_id)",
    "CREATE INDEX misbillings_by_month ON misbillings (month, domain_id)",
    "CREATE INDEX invoices_by_year ON invoices (year, month)",
    "CREATE INDEX effects_by_customer ON effects (domain_id, id)",
)

# Tokens outlive a fresh seed: they belong to the application that asked for them. What was given out on one consent or
# one assertion shares a grant_id and is revoked together.
TOKENS_TABLE = """
    CREATE TABLE IF NOT EXISTS tokens (
        token_hash BLOB PRIMARY KEY,
        use TEXT NOT NULL CHECK (use IN ('access', 'refresh', 'code')),
        grant_id TEXT NOT NULL,
        scope TEXT NOT NULL,
        redirect_uri TEXT,                 -- to which a code was sent, NULL for tokens
        expires_at REAL NOT NULL           -- UNIX seconds
    ) WITHOUT ROWID"""
