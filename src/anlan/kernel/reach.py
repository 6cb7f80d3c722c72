"""Which addresses the server may be led to by what somebody configured or handed over."""

from __future__ import annotations

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Networks = tuple[IPv4Network | IPv6Network, ...]

# Addresses of the new world that carry one of the old: what counts is where the packet comes out.
NAT64 = ip_network("64:ff9b::/96")


def may_reach(address: str, *, allowed: Networks = ()) -> bool:
    """Tell whether an IP address may be reached: a public one, or one in an allowed network.

    >>> [may_reach(each) for each in ("8.8.8.8", "127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1")]
    [True, False, False, False]
    >>> may_reach("10.20.0.9", allowed=(ip_network("10.20.0.0/16"),))
    True
    """
    target = _carried(ip_address(address.partition("%")[0]))
    if any(target in network for network in allowed):
        return True
    return target.is_global and not target.is_multicast


def _carried(target: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(target, IPv4Address):
        return target
    if target in NAT64:
        return IPv4Address(int(target) & 0xFFFFFFFF)
    return target.ipv4_mapped or target.sixtofour or (target.teredo or (None, None))[1] or target
