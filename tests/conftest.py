"""What all tests share is kept in tests/support; here it is only named."""

pytest_plugins = ["tests.support.portal", "tests.support.languages"]
