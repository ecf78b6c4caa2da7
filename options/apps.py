"""Options: what a customer adds to a subscription."""

from django.apps import AppConfig


class OptionsConfig(AppConfig):
    name = "options"

    def ready(self) -> None:
        # Importing declares resources and commands, which need the models.
        import options.commands
        import options.sync.expectations
        import options.sync.usages  # noqa: F401
