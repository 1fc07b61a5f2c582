"""TLS without a proxy: the certificate that the configuration names."""

import ssl

from settings import Server, SettingError

BOTH = "server.tls_cert and server.tls_key: give both, or neither"
UNREADABLE = "server.tls_cert, server.tls_key: not a certificate and its key in PEM, unlocked"


def context(settings: Server) -> ssl.SSLContext | None:
    """TLS 1.2 and later with this certificate, or None for none; raises `SettingError`."""
    if settings.tls_cert is None and settings.tls_key is None:
        return None
    if settings.tls_cert is None or settings.tls_key is None:
        raise SettingError(BOTH)
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        made.load_cert_chain(settings.tls_cert, settings.tls_key, password=_none)
    except FileNotFoundError as error:
        raise SettingError("server.tls_cert, server.tls_key: there is no such file") from error
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise SettingError(UNREADABLE) from error
    return made


def _none() -> str:
    """The password of a key: nobody is there to be asked for it."""
    return ""
