from ipaddress import ip_address

import pytest

from domain.addresses import LOOPBACK, Allowed, choose, is_refused

REFUSED = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.9.9"),
    *("192.168.1.1", "169.254.169.254", "169.254.0.1", "100.64.0.1", "100.100.100.200"),
    *("192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1"),
    *("239.1.1.1", "240.0.0.1", "255.255.255.255", "168.63.129.16"),
    *("::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    *("2002:a9fe:a9fe::1", "64:ff9b:1::a00:1", "100::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
]
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "172.15.0.1", "172.32.0.1", "192.167.0.1", "100.63.0.1", "169.253.1.1"),
    *("2606:4700::1111", "2a00:1450:4001::200e", "::ffff:8.8.8.8", "64:ff9b::808:808"),
]


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_not_for_the_public(address: str) -> None:
    assert is_refused(ip_address(address))
    assert choose([address], Allowed(), "x", 80) == []


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public(address: str) -> None:
    assert not is_refused(ip_address(address))
    assert choose([address], Allowed(), "x", 80) == [str(ip_address(address))]


@pytest.mark.parametrize(
    ("entries", "host", "port", "address", "is_allowed"),
    [
        (LOOPBACK, "x", 80, "127.0.0.1", True),
        (LOOPBACK, "x", 80, "::1", True),
        (LOOPBACK, "x", 80, "10.0.0.1", False),
        (LOOPBACK, "x", 80, "::ffff:127.0.0.1", False),
        (["10.1.0.0/16"], "x", 80, "10.1.2.3", True),
        (["10.1.2.3"], "x", 80, "10.1.2.3", True),
        (["10.1.2.3"], "x", 80, "10.1.2.4", False),
        (["10.1.2.3:80"], "x", 80, "10.1.2.3", True),
        (["10.1.2.3:80"], "x", 81, "10.1.2.3", False),
        (["hooks.internal"], "hooks.internal", 80, "10.1.2.3", True),
        (["Hooks.Internal"], "HOOKS.internal.", 80, "10.1.2.3", True),
        (["hooks.internal:81"], "hooks.internal", 80, "10.1.2.3", False),
        (["hooks.internal:80"], "hooks.internal", 80, "10.1.2.3", True),
        (["internal"], "hooks.internal", 80, "10.1.2.3", False),
        (["[::1]:80"], "::1", 80, "::1", True),
        ([], "x", 80, "127.0.0.1", False),
    ],
)
def test_what_is_allowed_beside(
    entries: list[str], host: str, port: int, address: str, is_allowed: bool
) -> None:
    assert bool(choose([address], Allowed.of(entries), host, port)) is is_allowed


def test_of_several_addresses_only_the_allowed_are_called() -> None:
    found = choose(["10.0.0.1", "1.1.1.1", "::1", "8.8.8.8"], Allowed(), "x", 80)
    assert found == ["1.1.1.1", "8.8.8.8"]
