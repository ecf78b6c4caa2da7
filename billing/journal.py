"""
Journal lines of a month's invoice, for the import of an accounting program.

The lines of a month come to what LINE WORKS states as due. Amounts before tax are told by customer; taxes, which LINE
WORKS states for the whole invoice alone, once each. Where the customers' stated sums are not what the invoice states,
a line of its own says by how much.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from billing.invoices import invoices_of
from billing.models import Invoice, InvoiceDetail, JournalAccount, JournalKind
from billing.money import Money, plain
from billing.months import billed_in, in_address, used_in
from portal.core.exports import Column

_PURCHASE, _PAYABLE = "仕入高", "買掛金"
# As a Japanese partner would book them; the page is for changing them.
DEFAULTS: dict[str, tuple[str, str, str, str]] = {
    JournalKind.SPENT: (_PURCHASE, "課対仕入10%", _PAYABLE, "対象外"),
    JournalKind.OPTION_PLUS: (_PURCHASE, "課対仕入10%", _PAYABLE, "対象外"),
    JournalKind.PENALTY: ("雑損失", "対象外", _PAYABLE, "対象外"),
    JournalKind.SPENT_TAX: ("仮払消費税等", "対象外", _PAYABLE, "対象外"),
    JournalKind.OPTION_PLUS_TAX: ("仮払消費税等", "対象外", _PAYABLE, "対象外"),
    JournalKind.DIFFERENCE: ("仮払金", "対象外", _PAYABLE, "対象外"),
}


@dataclass(frozen=True)
class Line:
    """
    One line: the same amount on both sides.

    Args:
        number: of the line, from 1.
        day: of the booking.
        kind: of ``JournalKind``.
        account: the accounts of the kind.
        amount: a negative one stands on the other side.
        note: what it is about.
    """

    number: int
    day: date
    kind: str
    account: JournalAccount
    amount: Money
    note: str

    @property
    def is_turned(self) -> bool:
        """Whether debit and credit change sides, as accounting programs take no negative amounts."""
        return self.amount < 0

    @property
    def absolute(self) -> Money | None:
        """The amount without a sign."""
        return plain(-self.amount if self.is_turned else self.amount)

    def side(self, name: str, part: str) -> str:
        """Return a part (account, sub_account, tax) of a side (debit, credit)."""
        other = {"debit": "credit", "credit": "debit"}
        return str(getattr(self.account, f"{other[name] if self.is_turned else name}_{part}"))


def accounts() -> dict[str, JournalAccount]:
    """Return the accounts of every kind: those that were entered, else the usual ones; in the order of the kinds."""
    stored = JournalAccount.objects.in_bulk()
    return {kind: stored.get(kind) or usual_account(kind) for kind in JournalKind.values}


def usual_account(kind: str) -> JournalAccount:
    """Return the accounts of a kind before anybody has entered any."""
    debit, debit_tax, credit, credit_tax = DEFAULTS[kind]
    return JournalAccount(
        kind=kind, debit_account=debit, debit_tax=debit_tax, credit_account=credit, credit_tax=credit_tax
    )


def journal_of(named: date) -> Iterator[Line]:
    """Return the journal lines of a month's invoices; none where LINE WORKS lists no invoice."""
    by_kind = accounts()
    number = 0
    for place, invoice in enumerate(invoices_of(named)):
        # The details belong to the month, not to one of its invoices.
        for kind, amount, note in _amounts(invoice, named, with_details=place == 0):
            number += 1
            yield Line(number, _day_of(named), kind, by_kind[kind], amount, note)


def _amounts(invoice: Invoice, named: date, *, with_details: bool) -> Iterator[tuple[str, Money, str]]:
    month = in_address(used_in(named))
    rest: Money = invoice.total_amount or 0
    about = _("LINE WORKS %(month)s, no. %(number)s") % {"month": month, "number": invoice.invoice_no}
    details = InvoiceDetail.objects.current().filter(month=named).order_by("domain_id").defer("raw")
    for detail in details.iterator() if with_details else ():
        for kind, amount in (
            (JournalKind.SPENT, detail.stated_amount),
            (JournalKind.OPTION_PLUS, detail.option_plus_amount),
            (JournalKind.PENALTY, detail.penalty_amount),
        ):
            if amount:
                rest -= amount
                yield kind, amount, f"LINE WORKS {month} {detail.customer_code} {detail.name}".replace("  ", " ")
    for kind, amount in (
        (JournalKind.SPENT_TAX, invoice.used_tax_amount),
        (JournalKind.OPTION_PLUS_TAX, invoice.option_plus_tax_amount),
    ):
        if amount:
            rest -= amount
            yield kind, amount, about
    if rest:
        yield JournalKind.DIFFERENCE, rest, about


def _day_of(named: date) -> date:
    """Return the last day of the month of use, to which the cost belongs."""
    return billed_in(named) - timedelta(days=1)


def _side(label: str | Promise, side: str, part: str) -> Column[Line]:
    return Column(label, lambda line: line.side(side, part))


JOURNAL: tuple[Column[Line], ...] = (
    Column(gettext_lazy("Line"), lambda line: line.number),
    Column(gettext_lazy("Date"), lambda line: line.day),
    Column(gettext_lazy("Kind of amount"), lambda line: str(JournalKind(line.kind).label)),
    _side(gettext_lazy("Debit account"), "debit", "account"),
    _side(gettext_lazy("Debit sub account"), "debit", "sub_account"),
    _side(gettext_lazy("Debit tax category"), "debit", "tax"),
    _side(gettext_lazy("Credit account"), "credit", "account"),
    _side(gettext_lazy("Credit sub account"), "credit", "sub_account"),
    _side(gettext_lazy("Credit tax category"), "credit", "tax"),
    Column(gettext_lazy("Amount"), lambda line: line.absolute),
    Column(gettext_lazy("Description"), lambda line: line.note),
)
# The heads are those of the programs, in whatever language the portal is read.
FREEE: tuple[Column[Line], ...] = (
    Column("日付", lambda line: f"{line.day:%Y/%m/%d}"),
    Column("伝票番号", lambda line: line.number),
    _side("借方勘定科目", "debit", "account"),
    _side("借方補助科目", "debit", "sub_account"),
    _side("借方税区分", "debit", "tax"),
    Column("借方金額", lambda line: line.absolute),
    _side("貸方勘定科目", "credit", "account"),
    _side("貸方補助科目", "credit", "sub_account"),
    _side("貸方税区分", "credit", "tax"),
    Column("貸方金額", lambda line: line.absolute),
    Column("摘要", lambda line: line.note),
)


def _fixed(label: str, value: Any = "") -> Column[Line]:
    return Column(label, lambda _line: value)


# 25 columns by place; the file of the program has no heads.
YAYOI: tuple[Column[Line], ...] = (
    _fixed("識別フラグ", "2000"),
    Column("伝票No.", lambda line: line.number),
    _fixed("決算"),
    Column("取引日付", lambda line: f"{line.day:%Y/%m/%d}"),
    _side("借方勘定科目", "debit", "account"),
    _side("借方補助科目", "debit", "sub_account"),
    _fixed("借方部門"),
    _side("借方税区分", "debit", "tax"),
    Column("借方金額", lambda line: line.absolute),
    _fixed("借方税金額", 0),
    _side("貸方勘定科目", "credit", "account"),
    _side("貸方補助科目", "credit", "sub_account"),
    _fixed("貸方部門"),
    _side("貸方税区分", "credit", "tax"),
    Column("貸方金額", lambda line: line.absolute),
    _fixed("貸方税金額", 0),
    Column("摘要", lambda line: line.note),
    _fixed("番号"),
    _fixed("期日"),
    _fixed("タイプ", "0"),
    _fixed("生成元"),
    _fixed("仕訳メモ"),
    _fixed("付箋1", "0"),
    _fixed("付箋2", "0"),
    _fixed("調整", "no"),
)
COLUMN_SETS: dict[str, tuple[str | Promise, Sequence[Column[Line]]]] = {
    "plain": (gettext_lazy("All columns"), JOURNAL),
    "freee": ("freee", FREEE),
    "yayoi": ("弥生", YAYOI),
}
