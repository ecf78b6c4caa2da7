"""Operations: the one way to write to LINE WORKS."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "portal.operations"
    label = "operations"

    def ready(self) -> None:
        from portal.mail.kinds import MAIL_KINDS
        from portal.operations.attribution import explain
        from portal.operations.bundles import follow  # needs the models, as the others do
        from portal.operations.mails import APPROVAL, OUTCOME
        from portal.operations.transitions import on_final_state
        from portal.sync.changes import explain_with

        explain_with(explain)
        on_final_state(follow)
        MAIL_KINDS.register(APPROVAL, OUTCOME)
