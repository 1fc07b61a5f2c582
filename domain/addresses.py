"""Which addresses may be called on behalf of others (surface, "Calls out").

Decided on resolved addresses, never on names: a name may say one thing now and another later.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK: Final = ("127.0.0.0/8", "::1/128")

# IANA's registries of special-purpose addresses, multicast, and Azure's wire server, which is the
# one metadata address outside them.
_REFUSED: Final[tuple[Network, ...]] = tuple(
    ip_network(one)
    for one in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("168.63.129.16/32", "::/128", "::1/128", "100::/64", "2001::/23", "2001:db8::/32"),
        *("3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)
_NAT64: Final = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE: Final = IPv6Network("::/96")


@dataclass(frozen=True, slots=True)
class Allowed:
    """What is allowed beyond public addresses: networks, and hosts with or without a port."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entries: Iterable[str]) -> "Allowed":
        """From `host`, `host:port` or CIDR texts; anything that is no network counts as a host."""
        networks, hosts = [], set()
        for entry in entries:
            try:
                networks.append(ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                hosts.add(entry.lower())
        return cls(tuple(networks), frozenset(hosts))

    def permits(self, address: Address, host: str, port: int) -> bool:
        """May a call to this host and port go to this address?"""
        if self._names(host, port) or self._names(str(address), port):
            return True
        return not is_refused(address) or any(address in one for one in self.networks)

    def _names(self, host: str, port: int) -> bool:
        name = host.lower().rstrip(".")
        return bool({name, f"{name}:{port}", f"[{name}]:{port}"} & self.hosts)


def is_refused(address: Address) -> bool:
    """Is it of this host, its network, a cloud's metadata, or otherwise not for the public?"""
    return any(
        one in network
        for one in _meanings(address)
        for network in _REFUSED
        if one.version == network.version
    )


def choose(addresses: Sequence[str], allowed: Allowed, host: str, port: int) -> list[str]:
    """Those of a host's resolved addresses that may be called, in order."""
    found = (ip_address(text.partition("%")[0]) for text in addresses)
    return [str(one) for one in found if allowed.permits(one, host, port)]


def _meanings(address: Address) -> list[Address]:
    """The address and what it stands for: IPv4 in IPv6, by whatever transition."""
    if isinstance(address, IPv4Address):
        return [address]
    inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if any(address in one for one in (*_NAT64, _COMPATIBLE)):
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return [address, *(one for one in inner if one is not None)]
