"""Who may use this installation: local accounts, sessions and API keys."""

from malmoi.people.accounts import Account, Accounts
from malmoi.people.keys import ApiKey, ApiKeys, Scope
from malmoi.people.sessions import Sessions

__all__ = ["Account", "Accounts", "ApiKey", "ApiKeys", "Scope", "Sessions"]
