"""Options: what a customer adds to a subscription."""

from django.apps import AppConfig


class OptionsConfig(AppConfig):
    name = "options"

    def ready(self) -> None:
        # Importing declares resources, writes and orders, which need the models.
        import options.commands.linked_changes
        import options.commands.option_orders
        import options.commands.options
        import options.commands.pages
        import options.commands.renewals
        import options.sync.expectations
        import options.sync.options
        import options.sync.renewals
        import options.sync.usages  # noqa: F401
