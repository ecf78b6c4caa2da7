"""The one door for writes."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "portal.operations"
    label = "operations"

    def ready(self) -> None:
        from portal.operations.bundles import follow  # needs the models, as the others do
        from portal.operations.explaining import explain
        from portal.operations.journal import follow_with
        from portal.sync.observing import explain_with

        explain_with(explain)
        follow_with(follow)
