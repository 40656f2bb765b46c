"""Pages and files fetched by their address, from public machines only.

Every name is looked up once a hop, all of its addresses are checked, and the connection goes to a checked one: a name
that answers differently the next time is not asked again. Redirects start over. Proxies of the environment are unused.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from malmoi.documents.load import SUFFIXES, Source
from malmoi.errors import DocumentError, TooLarge, UrlRefused

if TYPE_CHECKING:
    import httpx

    from malmoi.settings.models import Documents

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]
"""Host and port to addresses; raises OSError."""

_REDIRECTS = 5
_REDIRECTING = frozenset({301, 302, 303, 307, 308})
_TRIED = 3
"""Of a name's addresses, so many are tried one after the other."""
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24",  # protocol assignments
            "192.88.99.0/24",  # relays of 6to4
            "2001::/23",  # Teredo, ORCHID and other assignments
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, which carries an IPv4 address
            "3fff::/20",  # documentation
        ),
    )
)
_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|\d+)(?:\.(?:0x[0-9a-f]*|\d+))*", re.IGNORECASE)
_MARKUP = re.compile(rb"\s*<(?:!doctype\s+html|\?xml|!--|html|head|body|meta|title|article|div|p|h1)\b", re.IGNORECASE)
_LONGEST = 2000
_LONGEST_NAME = 200


def is_url(given: str) -> bool:
    """Whether what was given to be added is an address rather than a path."""
    return re.match(r"[a-z][a-z0-9+.-]+://", given, re.IGNORECASE) is not None


def is_public(address: str) -> bool:
    """Whether an address is that of a machine on the public internet: no private, local, shared or translated one."""
    ip = _ip(address)
    if ip is None or not ip.is_global or ip.is_multicast or ip.is_reserved:
        return False
    if ip.version == 6 and ip not in _GLOBAL_V6:  # mapped, NAT64, site-local and the like
        return False
    return not any(ip in network for network in _NOT_PUBLIC if network.version == ip.version)


def fetch(
    url: str,
    settings: Documents,
    *,
    resolve: Resolver | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Source:
    """What an address holds, ready to be added under that address; what it is, its content tells.

    Args:
        resolve: looks names up; the system's resolver unless given.
        transport: connects; the client's own unless given.

    Raises:
        UrlRefused: it is not allowed to be fetched.
        DocumentError: it cannot be fetched.
    """
    import httpx

    if not settings.urls:
        raise UrlRefused(f"{url} is not fetched: addresses are switched off", "Set documents.urls to allow them.")
    fetcher = _Fetcher(settings, resolve or _look_up, transport)
    with ThreadPoolExecutor(1, thread_name_prefix="malmoi-fetch") as own:  # the caller may be inside a running loop
        try:
            data = own.submit(lambda: asyncio.run(fetcher.fetch(url))).result()
        except TimeoutError as error:
            problem = f"{url} did not arrive within {settings.url_timeout_s:g} seconds"
            raise DocumentError(problem, "Try again, or raise documents.url_timeout_s.") from error
        except httpx.HTTPError as error:
            raise DocumentError(f"{url} cannot be fetched: {type(error).__name__}", "Check the address.") from error
    shown = _parse(url)
    return Source(str(shown), _name(shown, data), None, settings.max_bytes, data)


class _Fetcher:
    """Fetches one address, redirects included."""

    def __init__(self, settings: Documents, resolve: Resolver, transport: httpx.AsyncBaseTransport | None) -> None:
        self._settings = settings
        self._resolve = resolve
        self._transport = transport

    async def fetch(self, given: str) -> bytes:
        async with asyncio.timeout(self._settings.url_timeout_s):
            url = _parse(given)
            for _ in range(_REDIRECTS + 1):
                found = await self._hop(url)
                if isinstance(found, bytes):
                    return found
                if url.scheme == "https" and found.scheme != "https":
                    raise UrlRefused(f"{given} leads from https to {found.scheme}", "Give the address it leads to.")
                url = found
        raise UrlRefused(f"{given} leads from one address to the next too often", "Give the address it leads to.")

    async def _hop(self, url: httpx.URL) -> bytes | httpx.URL:
        """The content, or where it has moved to."""
        import httpx

        error: httpx.HTTPError | None = None
        for address in await self._addresses(url):
            try:
                return await self._request(url, address)
            except (httpx.ConnectError, httpx.ConnectTimeout) as failed:
                error = failed
        raise error or UrlRefused(f"{url.host} has no address", "Check the address.")

    async def _request(self, url: httpx.URL, address: Address) -> bytes | httpx.URL:
        import httpx

        host = url.raw_host.decode("ascii")
        pinned = url.copy_with(host=str(address))
        request = httpx.Request(
            "GET",
            pinned,
            headers={
                "Host": url.netloc.decode("ascii"),
                "Accept": "text/html, text/*;q=0.9, */*;q=0.1",
                "Accept-Encoding": "identity",
                "User-Agent": "Malmoi",
            },
            extensions={"sni_hostname": host},
        )
        async with (
            httpx.AsyncClient(transport=self._transport, trust_env=False, follow_redirects=False) as client,
        ):
            reply = await client.send(request, stream=True)
            try:
                return await self._read(url, reply)
            finally:
                await reply.aclose()

    async def _read(self, url: httpx.URL, reply: httpx.Response) -> bytes | httpx.URL:
        if reply.status_code in _REDIRECTING and "location" in reply.headers:
            return _parse(str(url.join(reply.headers["location"])))
        if reply.status_code != 200:
            raise DocumentError(f"{url} answers with status {reply.status_code}", "Check the address.")
        if reply.headers.get("content-encoding", "identity") != "identity":
            raise DocumentError(f"{url} is sent packed, which was not asked for", "Download it and add the file.")
        data = bytearray()
        async for block in reply.aiter_raw():
            data += block
            if len(data) > self._settings.max_bytes:
                limit = self._settings.max_bytes
                raise TooLarge(f"{url} has more than {limit:,} bytes", "Raise documents.max_bytes in malmoi.toml.")
        return bytes(data)

    async def _addresses(self, url: httpx.URL) -> list[Address]:
        """Where to connect to; every address of the name has been checked.

        Raises:
            UrlRefused: the host, its port or one of its addresses is not allowed.
        """
        host, port = _host(url), {"http": 80, "https": 443}[url.scheme] if url.port is None else url.port
        allowed = {entry.lower() for entry in self._settings.url_hosts}
        named = {host, f"{host}:{port}"}
        if allowed and not allowed & named:
            raise UrlRefused(f"{host} is not among the hosts that may be fetched from", "See documents.url_hosts.")
        if port not in self._settings.url_ports:
            raise UrlRefused(f"{url} names port {port}, which is not allowed", "See documents.url_ports.")
        if _NUMERIC.fullmatch(host) and _ip(host) is None:
            raise UrlRefused(f"{host} is an unusual way to write an address", "Write it as usual.")
        try:
            found = await asyncio.to_thread(self._resolve, host, port)
        except (OSError, UnicodeError) as error:
            raise DocumentError(f"{host} is not known", "Check the address.") from error
        addresses = [ip for ip in map(_ip, found) if ip is not None]
        private = bool(named & {entry.lower() for entry in self._settings.url_private_hosts})
        if not addresses or len(addresses) != len(found):
            raise UrlRefused(f"{host} has no address that is understood", "Check the address.")
        if not all(is_public(str(ip)) or (private and _is_private(ip)) for ip in addresses):
            raise UrlRefused(
                f"{host} is not on the public internet", "A host of your own network is named in url_private_hosts."
            )
        return addresses[:_TRIED]


def _parse(url: str) -> httpx.URL:
    """A plain web address without its fragment; raises UrlRefused."""
    import httpx

    remedy = "Give an address such as https://example.org/page."
    if len(url) > _LONGEST or any(c.isspace() or not c.isprintable() or c == "\\" for c in url):
        raise UrlRefused(f"{url[:100]} is not a web address", remedy)
    try:
        parsed = httpx.URL(url)
        host = _host(parsed)
    except (httpx.InvalidURL, ValueError) as error:  # UnicodeError of the domain's name is one
        raise UrlRefused(f"{url[:100]} is not a web address", remedy) from error
    if parsed.scheme not in ("http", "https") or not host:
        raise UrlRefused(f"{url[:100]} is not a web address", remedy)
    if parsed.userinfo or "@" in parsed.netloc.decode("ascii"):
        raise UrlRefused("The address holds a name or password", "Leave them out; nothing is fetched with them.")
    return parsed.copy_with(fragment=None)


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii").lower().removesuffix(".").strip("[]")


def _look_up(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _ip(address: str) -> Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None


def _is_private(ip: Address) -> bool:
    return any(ip in network for network in _PRIVATE if network.version == ip.version)


def _name(url: httpx.URL, data: bytes) -> str:
    """A name that tells where it is from and, by its ending, how it is read."""
    name = f"{url.host}{unquote(url.path)}{'?' if url.query else ''}{unquote(url.query.decode('ascii', 'replace'))}"
    name = "".join(c if c.isprintable() else "_" for c in name).rstrip("/")[:_LONGEST_NAME]
    wanted = ".html" if _MARKUP.match(data.removeprefix(b"\xef\xbb\xbf")) else ".txt"
    suffix = PurePosixPath(url.path).suffix.lower()
    if suffix in SUFFIXES and wanted != ".html":
        wanted = suffix
    return name if name.lower().endswith(wanted) else name + wanted
