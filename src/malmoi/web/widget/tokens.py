"""Tokens by which a site's server says who looks at its page; JSON Web Tokens (RFC 7519), read strictly."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError, UnsupportedAlgorithmError
from joserfc.jwk import Key, OctKey, import_key
from joserfc.jws import JWSRegistry

from malmoi.errors import SettingsError
from malmoi.settings import Widget
from malmoi.web.identity import Refused

_log = logging.getLogger(__name__)

LIFETIME_S = 300
"""Longest time between a token's `iat` and its `exp`."""
LEEWAY_S = 10
"""How far the clocks of the two servers may be apart."""
MAX_TOKEN = 8192
_KEY_TYPES: Mapping[str, Any] = {"RS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
_MOST_GROUPS = 200
_MOST = 128


class TokenRefused(Refused):
    """A site's token does not hold; the reason is told, since it helps whoever sets the site up and nobody else."""

    code = "widget.token"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says that holds.

    Attributes:
        id: of the token, its `jti`.
        expires: seconds since 1970.
    """

    subject: str
    name: str
    groups: frozenset[str]
    id: str
    expires: int


class TokenReader:
    """Reads tokens as the settings say: one algorithm, one key, one audience.

    Raises:
        SettingsError: the key's file cannot be read or does not fit the algorithm.
    """

    def __init__(self, settings: Widget) -> None:
        self._algorithm = settings.algorithm
        self._audience = settings.audience
        self._key = _key(settings)
        self._registry = _OneAlgorithm(settings.algorithm)

    def read(self, token: str, *, at: float | None = None) -> Claims:
        """The claims of a token. Whether it was used before is the caller's to find out.

        Args:
            at: the present time, seconds since 1970.

        Raises:
            TokenRefused: anything about it does not hold.
        """
        now = time.time() if at is None else at
        if self._key is None:
            raise _refused("this server has no key for tokens; see settings widget.secret and widget.public_key_file")
        if len(token) > MAX_TOKEN:
            raise _refused("it is too long")
        try:
            claims = jwt.decode(token, self._key, registry=self._registry).claims
        except (JoseError, ValueError, TypeError, AttributeError) as error:  # a header or body that is no object
            raise _refused(f"its signature or form is wrong ({type(error).__name__})") from error
        if not isinstance(claims, dict):
            raise _refused("it holds no claims")
        self._check_audience(claims)
        expires = _check_times(claims, now)
        return Claims(_text(claims, "sub"), _text(claims, "name", ""), _groups(claims), _text(claims, "jti"), expires)

    def _check_audience(self, claims: Mapping[str, Any]) -> None:
        audience = claims.get("aud")
        if audience != self._audience and audience != [self._audience]:
            raise _refused("its aud is not this server's widget.audience")


class _OneAlgorithm(JWSRegistry):
    """Knows a single algorithm; joserfc's own would warn at each use of the name EdDSA, which sites' tokens carry."""

    def __init__(self, algorithm: str) -> None:
        super().__init__(algorithms=[algorithm])
        self._only = algorithm

    def get_alg(self, name: str) -> Any:
        """The algorithm; raises UnsupportedAlgorithmError for any other name."""
        if name != self._only:
            raise UnsupportedAlgorithmError(f"{name} is not the algorithm of this server")
        return self.algorithms[name]


def _key(settings: Widget) -> Key | None:
    secret = settings.secret.get_secret_value()
    if settings.algorithm == "HS256":
        return OctKey.import_key(secret.encode()) if secret else None
    file = settings.public_key_file
    if file is None:
        return None
    try:
        key: Key = import_key(file.read_bytes(), _KEY_TYPES[settings.algorithm])
    except (OSError, ValueError, JoseError) as error:
        raise SettingsError(
            f"widget.public_key_file: {file} holds no key for {settings.algorithm}", "Give the public key as PEM."
        ) from error
    if key.is_private:
        raise SettingsError(
            f"widget.public_key_file: {file} holds a private key",
            "Give the public one; the private stays with the site.",
        )
    return key


def _check_times(claims: Mapping[str, Any], now: float) -> int:
    expires, issued = _seconds(claims, "exp"), _seconds(claims, "iat")
    begins = _seconds(claims, "nbf") if "nbf" in claims else issued
    if expires <= now:
        raise _refused("it has expired")
    if max(issued, begins) > now + LEEWAY_S:
        raise _refused("it is not valid yet")
    if expires - issued > LIFETIME_S or expires > now + LIFETIME_S + LEEWAY_S:
        raise _refused(f"it lives longer than {LIFETIME_S} seconds")
    return expires


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**53:
        raise _refused(f"{name} is missing or no time")
    return int(value)


def _text(claims: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = claims.get(name, default)
    if not isinstance(value, str) or len(value) > _MOST or (default is None and not value) or not value.isprintable():
        raise _refused(f"{name} is missing or no text of 1 to {_MOST} characters")
    return value


def _groups(claims: Mapping[str, Any]) -> frozenset[str]:
    value = claims.get("groups", [])
    if not isinstance(value, list) or len(value) > _MOST_GROUPS or not all(isinstance(g, str) for g in value):
        raise _refused("groups is no list of names")
    return frozenset(value)


def _refused(reason: str) -> TokenRefused:
    _log.warning("a token for the widget was refused: %s", reason)
    return TokenRefused(f"The token was refused: {reason}", "Let the site mint a new one; see docs/widget.md.")
