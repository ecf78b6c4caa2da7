"""Forms for uploading a file and for submitting a bulk request."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.bulk.file_errors import of_file
from portal.core.tables.parsers import MOST_BYTES, BadFile
from portal.core.untrusted_text import SeenTextForm


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV (UTF-8 or Shift_JIS) or XLSX, up to 1,000 rows and 2 MB."),
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
        max_length=200,
    )

    def clean_file(self) -> Any:
        """A file that is too large is not kept."""
        file: Any = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(of_file(BadFile("large", size=MOST_BYTES // 1024**2).to_json(), None))
        return file


class RunForm(SeenTextForm):
    """One decision for all rows."""

    reason = forms.CharField(label=_("Reason"), max_length=500)
    reference = forms.CharField(label=_("Reference"), max_length=80, required=False)
    warned = forms.BooleanField(label=_("Also submit all rows with warnings"), required=False)
    again = forms.BooleanField(label=_("Also submit rows that were already submitted"), required=False)

    def clean_reason(self) -> str:
        """A reason of spaces is none."""
        reason: Any = self.cleaned_data["reason"]
        return str(reason).strip()
