"""The sandbox's faults, by what a reading makes of them."""

WHOLE_ANYWAY = ("latency", "forget_after")
SPOILED = ("extra_field", "unknown_value")
NO_CLEAR_ANSWER = (
    *("hang", "error_500", "error_503", "html", "cut_before"),
    *("cut_after", "html_after", "truncated_json", "empty", "wrong_content_type"),
)
PASSING = ("hang", "error_503", "truncated_json")
REFUSED = ("error_400", "unauthorized", "token_revoked", "token_expired")
ENDS_TOKENS = REFUSED[1:]
# The type of content is the one thing that nobody looks at there.
NO_TOKEN = (*NO_CLEAR_ANSWER[:-1], "error_400", "unauthorized", "too_many", "missing_field", "unknown_value")
A_TOKEN_ANYWAY = ("latency", "extra_field", "wrong_content_type")
# How long those faults last that last: no longer than a test needs, or until the test ends them.
SECONDS = {"latency": 0.02, "hang": 0.05, "too_many": 0.1, "refuse_connection": 600.0}
