"""Which proxies are believed, and what they say of who asks."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from tornado.httputil import HTTPHeaders

PASSED_ON = ("X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix")
SCREENED = ("X-Forwarded-For", "X-Real-Ip", "X-Scheme", *PASSED_ON)
SCHEMES = ("http", "https")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: what Tornado's requests take their ``remote_ip`` and ``protocol`` from."""

    remote_ip: str
    protocol: str


class Proxies:
    """The networks whose forwarding headers are believed; false when there are none."""

    def __init__(self, networks: Iterable[str]):
        self._networks = [ip_network(one, strict=False) for one in networks]

    def __bool__(self) -> bool:
        return bool(self._networks)

    def screen(self, headers: HTTPHeaders, peer: str) -> None:
        """Take forwarding headers away, unless a proxy of ours sent them.

        Of what it sent that is kept which says where the caller is: the nearest hop that is none
        of ours, and how and where he came.
        """
        kept = self._origin(headers) if self._is_proxy(peer) else {}
        for name in SCREENED:
            headers.pop(name, None)
        headers.update(kept)

    def caller(self, headers: HTTPHeaders, peer: Caller) -> Caller:
        """Who asks behind our proxies, of screened headers."""
        address = headers.get("X-Forwarded-For", "")
        scheme = headers.get("X-Forwarded-Proto", "").split(",")[-1].strip()
        return Caller(
            address if _is_address(address) else peer.remote_ip,
            scheme if scheme in SCHEMES else peer.protocol,
        )

    def _origin(self, headers: HTTPHeaders) -> dict[str, str]:
        hops = [hop.strip() for hop in headers.get("X-Forwarded-For", "").split(",")]
        strangers = [hop for hop in hops if hop and not self._is_proxy(hop)]
        origin = {"X-Forwarded-For": strangers[-1]} if strangers else {}
        return origin | {name: headers[name] for name in PASSED_ON if headers.get(name)}

    def _is_proxy(self, text: str) -> bool:
        return _is_address(text) and any(ip_address(text) in one for one in self._networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
