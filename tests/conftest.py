"""What all tests share is kept in tests/support; here it is only named."""

from hypothesis import settings

pytest_plugins = [
    "tests.support.portal",
    "tests.support.languages",
    "tests.support.scheduling",
    "tests.support.emptying",
]

# How long one example takes says more about what else the machine is doing than about the code.
settings.register_profile("portal", deadline=None)
settings.load_profile("portal")
