"""
The sign-in of a person: the page on which they agree, their answer, and the end of a grant.

Nobody really signs in: whoever opens the page counts as an administrator of the partner. Parameters and errors follow
the vendor's page `auth-oauth` and RFC 6749, section 4.1.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from .errors import Refusal
from .forms import read_form
from .oauth import READ, WRITE, TokenDesk, read_scope
from .runtime import Sandbox

AUTHORIZE_PATH = "/oauth2/v2.0/authorize"
REVOKE_PATH = "/oauth2/v2.0/revoke"
STYLE_PATH = "/sign-in.css"
ALLOW, REFUSE = "allow", "refuse"

_QUESTION_SECONDS = 600
_MOST_QUESTIONS = 1000
_SCOPE_WORDS = {
    WRITE: "Read and change your customers, their subscriptions, options and domains.",
    READ: "Read your customers, their subscriptions, options and domains.",
}


class BadLink(Exception):
    """The request names no known app or address, so there is nowhere to send the browser back to."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked to agree to."""

    redirect_uri: str
    scope: str
    state: str | None

    def back(self, **parameters: str) -> web.Response:
        """Send the browser back to the app, with its state."""
        if self.state is not None:
            parameters["state"] = self.state
        joint = "&" if "?" in self.redirect_uri else "?"
        location = f"{self.redirect_uri}{joint}{urlencode(parameters)}"
        return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})


class Questions:
    """The questions that wait for an answer. Each has a name that only its page knows, and is answered once."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[float, Question]] = {}

    def ask(self, question: Question) -> str:
        """Keep a question, and give its name."""
        while len(self._open) >= _MOST_QUESTIONS:
            del self._open[next(iter(self._open))]
        name = secrets.token_urlsafe(16)
        self._open[name] = (time.monotonic() + _QUESTION_SECONDS, question)
        return name

    def take(self, name: str) -> Question:
        """
        Give the question back, for the one answer it gets.

        Raises:
            BadLink: it was answered, or waited too long.
        """
        until, question = self._open.pop(name, (0.0, None))
        if question is None or until < time.monotonic():
            raise BadLink("This page was answered before, or has waited too long. Begin again in the app.")
        return question


def add_sign_in_routes(app: web.Application, sandbox: Sandbox) -> None:
    """Lay out the addresses of a person's sign-in, and of its end."""
    questions = Questions()
    style = files(__package__).joinpath("sign_in.css").read_text(encoding="utf-8")

    async def show_style(_request: web.Request) -> web.Response:
        return web.Response(text=style, content_type="text/css", charset="utf-8")

    async def ask(request: web.Request) -> web.Response:
        sandbox.calls["authorize"] += 1
        try:
            redirect_uri = _redirect_uri(request.query, sandbox.tokens)
        except BadLink as error:
            return _page("Nothing to agree to", f"<p>{escape(str(error))}</p>", status=400)
        question = Question(redirect_uri, request.query.get("scope", ""), request.query.get("state"))
        if request.query.get("response_type") != "code":
            return question.back(error="unsupported_response_type", error_description="response_type must be code")
        try:
            scope = read_scope(question.scope)
        except Refusal as refusal:
            return question.back(error=refusal.code, error_description=refusal.description)
        question = Question(redirect_uri, scope, question.state)
        return _question_page(sandbox.tokens.client_id, question, questions.ask(question))

    async def take_answer(request: web.Request) -> web.Response:
        try:
            form = await read_form(request)
            question = questions.take(form.get("question", ""))
        except BadLink as error:
            return _page("Nothing to agree to", f"<p>{escape(str(error))}</p>", status=400)
        except Refusal as refusal:
            return _page("Nothing to agree to", f"<p>{escape(refusal.description)}</p>", status=400)
        if form.get("decision") != ALLOW:
            return question.back(error="access_denied", error_description="the person refused")
        with sandbox.state.transaction():
            code = sandbox.tokens.issue_code(question.scope, question.redirect_uri)
        return question.back(code=code)

    async def revoke(request: web.Request) -> web.Response:
        sandbox.calls["revoke"] += 1
        try:
            form = await read_form(request)
            with sandbox.state.transaction():
                sandbox.tokens.revoke(form, request.headers)
        except Refusal as refusal:
            return web.json_response(refusal.body(), status=refusal.status, headers=refusal.headers)
        return web.Response(status=200, headers={"Cache-Control": "no-store"})

    app.router.add_get(AUTHORIZE_PATH, ask)
    app.router.add_post(AUTHORIZE_PATH, take_answer)
    app.router.add_post(REVOKE_PATH, revoke)
    app.router.add_get(STYLE_PATH, show_style)


def _redirect_uri(query: Mapping[str, str], desk: TokenDesk) -> str:
    if query.get("client_id") != desk.client_id:
        raise BadLink("The link names no app that is known here (client_id).")
    redirect_uri = query.get("redirect_uri", "")
    if redirect_uri not in desk.redirect_uris:
        raise BadLink("The link leads back to an address that isn't registered for the app (redirect_uri).")
    return redirect_uri


def _question_page(client_id: str, question: Question, name: str) -> web.Response:
    goes_to = urlsplit(question.redirect_uri)
    origin = f"{goes_to.scheme}://{goes_to.netloc}"
    items = "".join(
        f"<li><code>{escape(scope)}</code> {escape(_SCOPE_WORDS[scope])}</li>" for scope in question.scope.split()
    )
    body = f"""<p>The app <strong>{escape(client_id)}</strong> asks to act for you at the Partner API:</p>
<ul>{items}</ul>
<p>Afterwards you go back to <strong>{escape(origin)}</strong>. You can end this at any time there.</p>
<form method="post" action="{AUTHORIZE_PATH}">
<input type="hidden" name="question" value="{escape(name)}">
<button name="decision" value="{ALLOW}" class="main">Allow</button>
<button name="decision" value="{REFUSE}">Refuse</button>
</form>"""
    # A browser holds form-action against the redirect that answers the form, too.
    return _page("Let this app act for you?", body, form_action=f"'self' {origin}")


def _page(heading: str, body: str, *, status: int = 200, form_action: str = "'none'") -> web.Response:
    text = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(heading)} – Partner API sandbox</title>
<link rel="stylesheet" href="{STYLE_PATH}">
</head>
<body>
<main>
<p class="place">Partner API sandbox</p>
<h1>{escape(heading)}</h1>
{body}
</main>
</body>
</html>
"""
    policy = f"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action {form_action}"
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=headers)
