"""Reading the forms that are sent to the addresses of the sign-in and of tokens."""

from aiohttp import web

from .oauth import OAuthRefusal


async def read_form(request: web.Request) -> dict[str, str]:
    """
    Give the fields of a form that hold text; none, where the body is no form.

    Raises:
        OAuthRefusal: 400; the body says that it is a form, and is not.
    """
    try:
        fields = await request.post()
    except (ValueError, LookupError) as error:  # bytes that are no text, a broken part; an unheard-of encoding
        raise OAuthRefusal(400, "invalid_request", "the body can't be read as a form") from error
    return {name: value for name, value in fields.items() if isinstance(value, str)}
