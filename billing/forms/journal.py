"""Form: the accounts of the journal."""

from django import forms

from billing.models import JournalAccount


class JournalAccountForm(forms.ModelForm):  # type: ignore[type-arg]  # Django is not generic at run time
    """The accounts of one kind of amount."""

    class Meta:
        model = JournalAccount
        fields = [
            "debit_account", "debit_sub_account", "debit_tax", "credit_account", "credit_sub_account", "credit_tax",
        ]  # fmt: skip
