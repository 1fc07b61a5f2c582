"""Settings that are completed once the data folder and the address are known."""

from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from embedded.folder import DataFolder
from settings import Settings

SECRET: Final = "alerts-jwt"  # noqa: S105 - its name in the folder


def completed(settings: Settings, folder: DataFolder, where: str | None = None) -> Settings:
    """The settings with what the folder keeps, and links that lead ``where`` this server is.

    Those to files of stage messages, too: their port is the one that was found.
    A secret that is not set is made once, in a file that only its owner can read: several hosts
    over one database need one that is set.
    """
    alerts = settings.alerts
    secret = alerts.jwt_secret or folder.secret(SECRET)
    root = alerts.website_root or settings.server.public_url or where
    server = settings.server
    if where is not None:
        server = replace(server, port=urlsplit(where).port or server.port)
    alerts = replace(alerts, jwt_secret=secret, website_root=root)
    return replace(settings, server=server, alerts=alerts)
