"""Where the widget signs in: a site's token, or nothing at all, becomes a session that holds for one collection."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace

from starlette.datastructures import Headers
from starlette.types import Scope

from malmoi.people import Scope as Permission
from malmoi.settings import Settings
from malmoi.web.identity import Caller, Forbidden, Refused, bearer
from malmoi.web.widget.sessions import PREFIX, WidgetSession, WidgetSessions
from malmoi.web.widget.tokens import TokenReader, TokenRefused


class OriginRefused(Forbidden):
    """A site that is not on the list."""

    code = "widget.origin"


class SessionEnded(Refused):
    """The widget's session is unknown or over; a new token begins another."""

    code = "widget.session"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was begun.

    Attributes:
        token: proves it.
        thread: by which a later one can take up its conversation.
    """

    token: str
    thread: str
    session: WidgetSession


class Desk:
    """Opens sessions of the widget, and knows whose a session is; one more `Authenticator`.

    Raises:
        SettingsError: the key for tokens cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings.widget
        self.origins = frozenset(settings.widget.origins)
        self._reader = TokenReader(settings.widget)
        self._sessions = WidgetSessions(settings.index_dir)

    def close(self) -> None:
        """Close the file of sessions."""
        self._sessions.close()

    def check_origin(self, origin: str) -> None:
        """Raises OriginRefused unless a site is on the list, letter by letter."""
        if origin not in self.origins:
            raise OriginRefused(
                "This site may not show the chat", "Whoever runs this server can add it to widget.origins."
            )

    def open(self, *, origin: str, collection: str, token: str, thread: str = "") -> Opened:
        """Begin a session, or renew one with its conversation.

        Args:
            origin: of the page that shows the widget.
            collection: that the session will hold for.
            token: of the site's server; "" asks without a name.
            thread: of an earlier session, which is taken up again where it was the same person's, or a guest's, for
                the same site and collection; "" or another one begins anew.

        Raises:
            OriginRefused: the site is not on the list.
            TokenRefused: the token does not hold or was used before, or there is none and there must be.
        """
        self.check_origin(origin)
        now = time.time()
        expires, kept = now + self.settings.session_minutes * 60, now + self.settings.keep_hours * 3600
        old = self._sessions.last_of(thread) if thread else None
        if old and (old.origin, old.collection, old.anonymous) != (origin, collection, not token):
            old = None
        if token:
            claims = self._reader.read(token)
            if not self._sessions.spend(claims.id, claims.expires):
                raise TokenRefused("The token was refused: it was used before", "Each session needs a new one.")
            who = WidgetSession(
                f"widget:{claims.subject}", claims.name, claims.groups, False, origin, collection, "", expires, kept
            )
        elif self.settings.anonymous:
            id = old.id if old else f"widget-anonymous:{secrets.token_hex(12)}"
            groups = frozenset(self.settings.anonymous_groups)
            who = WidgetSession(id, "", groups, True, origin, collection, "", expires, kept)
        else:
            raise TokenRefused(
                "The site gave no token", "Set token-url on the page, or widget.anonymous on the server."
            )
        if old and old.id == who.id:
            who = replace(who, conversation=old.conversation)
        else:
            thread = secrets.token_urlsafe(24)
        return Opened(self._sessions.open(who, thread), thread, who)

    def find(self, token: str) -> WidgetSession:
        """The session that a token proves now; raises SessionEnded."""
        found = self._sessions.find(token) if token.startswith(PREFIX) else None
        if found is None or found.expires <= time.time() or found.origin not in self.origins:
            raise SessionEnded("This chat's session has ended", "The page gets a new one by itself.")
        if found.anonymous and not self.settings.anonymous:
            raise SessionEnded("This chat needs a token of its site")
        return found

    def remember(self, token: str, conversation: str) -> None:
        """Note which conversation a session is about; "" for a new one."""
        self._sessions.remember(token, conversation)

    def identify(self, scope: Scope, headers: Headers) -> Caller | None:
        """See `Authenticator`; asks for `Authorization: Bearer mw_…`."""
        token = bearer(headers)
        return caller_of_session(self.find(token)) if token and token.startswith(PREFIX) else None


def caller_of_session(session: WidgetSession) -> Caller:
    """Someone at the widget: may ask, in the one collection of their session."""
    return Caller(session.principal, frozenset({Permission.ASK}), frozenset({session.collection}), "widget")
