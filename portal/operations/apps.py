"""The one door for writes."""

from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "portal.operations"
    label = "operations"

    def ready(self) -> None:
        from portal.operations.explaining import explain  # needs the models
        from portal.sync.observing import explain_with

        explain_with(explain)
