"""Table of the journal's mapping: onto which accounts each kind of amount goes."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from portal.core.clock import now


class JournalKind(models.TextChoices):
    """What a line of the journal is about."""

    SPENT = "spent", _("Amount spent")
    OPTION_PLUS = "option_plus", _("Option Plus")
    PENALTY = "penalty", _("Penalty charges")
    SPENT_TAX = "spent_tax", _("Tax")
    OPTION_PLUS_TAX = "option_plus_tax", _("Tax on Option Plus")
    DIFFERENCE = "difference", _("Difference to the stated amounts")


class JournalAccount(models.Model):
    """Onto which accounts, and under which tax category, amounts of one kind go in the partner's own accounting."""

    kind = models.CharField(_("kind of amount"), max_length=20, choices=JournalKind.choices, primary_key=True)
    debit_account = models.CharField(_("debit account"), max_length=60)
    debit_sub_account = models.CharField(_("debit sub account"), max_length=60, blank=True)
    debit_tax = models.CharField(_("debit tax category"), max_length=60, blank=True)
    credit_account = models.CharField(_("credit account"), max_length=60)
    credit_sub_account = models.CharField(_("credit sub account"), max_length=60, blank=True)
    credit_tax = models.CharField(_("credit tax category"), max_length=60, blank=True)
    set_at = models.DateTimeField(default=now)
    set_by_name = models.TextField(blank=True)

    class Meta:
        verbose_name = _("journal account")
        verbose_name_plural = _("journal accounts")
        default_permissions = ("change",)

    def __str__(self) -> str:
        return f"{self.kind}: {self.debit_account} / {self.credit_account}"
