"""Which addresses a connector may connect to: what a company keeps inside only where its admin allows it.

A page that is crawled, or a redirect of a site outside, may name any address; without a check it could make
Footnote read what only this machine can reach (server-side request forgery).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

import httpcore

from connectors.base import Unreachable

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NEVER = [  # where clouds keep the credentials of a machine
    ipaddress.ip_network(network) for network in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128")
]


class AddressRefused(Unreachable):
    """A host has an address that connectors may not connect to."""


class Addresses:
    """The addresses of hosts, as far as `private` (host names, addresses and networks) allows them.

    Every address outside of private ranges is allowed.
    """

    def __init__(self, private: Iterable[str] = ()) -> None:
        self._hosts: set[str] = set()
        self._networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
        for each in private:
            try:
                self._networks.append(ipaddress.ip_network(each, strict=False))
            except ValueError:
                self._hosts.add(each.lower().rstrip("."))

    def of(self, host: str, port: int) -> list[str]:
        """The addresses to connect to. Raises AddressRefused if one of them is not allowed, OSError if the
        name is not known."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        for address in addresses:  # all of them: a name with one good and one bad address is an attack
            self.check(host, address)
        return addresses

    def check(self, host: str, address: str) -> None:
        """Raises AddressRefused if `host` may not be reached at `address`."""
        ip: _Address = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        if ip.is_global and not ip.is_multicast:
            return
        if any(ip in network for network in _NEVER) or ip.is_unspecified or ip.is_multicast:
            raise AddressRefused(f"{host} has the address {ip}, which is never visited.")
        if host.lower().rstrip(".") in self._hosts or any(ip in network for network in self._networks):
            return
        raise AddressRefused(
            f"{host} has the private address {ip}. If Footnote may read there, add "
            f'"{host}" to private under [network] in config.toml.'
        )

    def check_literal(self, host: str) -> None:
        """Raises AddressRefused if `host` is itself an address that may not be reached. That is all there is
        to check where a proxy looks the names up."""
        try:
            self.check(host, host)
        except ValueError:
            if host == "localhost" or host.endswith(".localhost"):
                self.check(host, "127.0.0.1")


class CheckedBackend(httpcore.SyncBackend):
    """Opens connections to allowed addresses alone. The address that was checked is the one connected to."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = self._addresses.of(host, port)
        except OSError as exc:
            raise httpcore.ConnectError(f"the name {host} is not known") from exc
        except UnicodeError as exc:  # a label of a name that is too long or empty
            raise httpcore.ConnectError(f"{host!r} is no name of a host") from exc
        failed: Exception | None = None
        for address in addresses:
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failed = exc
        raise failed or httpcore.ConnectError(f"{host} has no address")
