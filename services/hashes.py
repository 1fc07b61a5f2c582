"""The secrets that credentials are made of, and the hashes by which alone they are kept."""

import hashlib
import hmac
import secrets


def new_token() -> str:
    """40 random hexadecimal characters."""
    return secrets.token_hex(20)


def token_under(secret: bytes, scope: str) -> str:
    """40 hexadecimal characters: the same for the same scope, unknown without the secret."""
    return hmac.digest(secret, scope.encode("utf-8", "surrogatepass"), "sha256").hex()[:40]


def new_secret() -> str:
    """A cookie's or a ticket's value: 32 random bytes as hexadecimal characters."""
    return secrets.token_hex(32)


def hash_of(secret: str) -> str:
    """The SHA-256 under which a secret is kept; any text may be asked about."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def csrf_token(cookie: str) -> str:
    """What a page that may read our answers sends back with a session's writes."""
    return hmac.digest(cookie.encode("utf-8", "surrogatepass"), b"csrf", "sha256").hex()
