"""Addresses that may be contacted (https, and http on this machine only), and their proxies."""

from __future__ import annotations

import urllib.request
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import quote, urlencode

from yarl import URL

from annotator.errors import UsageError

__all__ = ["address", "host_of", "is_allowed", "is_loopback", "proxy_of", "same_server", "shown"]


def address(url: str, params: Sequence[tuple[str, str]] = ()) -> URL:
    """Return the address of a request, its parameters percent-encoded (a space as %20).

    Raises:
        UsageError: the address is invalid, contains a user or password, or is http to another machine.

    """
    try:
        parsed = URL(url)
    except ValueError as error:
        raise UsageError(
            f"not an address: {url!r}", remedy="Write an address such as https://example.org/path"
        ) from error
    if parsed.user is not None or parsed.password is not None:
        raise UsageError(
            "the address contains a user name or password", path=shown(parsed), remedy="Remove them"
        )
    if not parsed.host or not is_allowed(parsed):
        raise UsageError(
            "only https addresses are allowed (http only on this machine)",
            path=shown(parsed),
            remedy="Use an https address",
        )
    if not params:
        return parsed
    query = urlencode(list(params), quote_via=quote, safe="")
    return URL(f"{parsed}{'&' if parsed.raw_query_string else '?'}{query}", encoded=True)


def is_allowed(url: URL) -> bool:
    """Return whether an address may be contacted."""
    return url.scheme == "https" or (url.scheme == "http" and is_loopback(url.host or ""))


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def same_server(one: URL, other: URL) -> bool:
    """Return whether two addresses have the same scheme, host and port."""
    return (one.scheme, one.host, one.port) == (other.scheme, other.host, other.port)


def host_of(url: URL) -> str:
    """Return the host, with its port unless that is the scheme's default: rate limits are kept per host."""
    return f"{url.host}" if url.is_default_port() else f"{url.host}:{url.port}"


def shown(url: URL) -> str:
    """Return an address for messages: without user, query and fragment."""
    if not url.host:
        return f"{url.with_query(None).with_fragment(None)}"
    return f"{url.scheme}://{host_of(url)}{url.path}"


def proxy_of(url: URL) -> str | None:
    """Return the proxy that the environment sets for an address (`https_proxy`), except for hosts in `no_proxy`.

    Requests to this machine use no proxy. aiohttp's own `trust_env` is not used: it would also send the credentials in
    `~/.netrc` for the host.

    Raises:
        UsageError: the proxy is of another kind, such as SOCKS.

    """
    host = url.host or ""
    if is_loopback(host) or urllib.request.proxy_bypass(host):
        return None
    proxies = urllib.request.getproxies_environment()
    named = proxies.get(url.scheme) or proxies.get("all")
    if named is None:
        return None
    proxy = named if "://" in named else f"http://{named}"
    if not proxy.startswith(("http://", "https://")):
        raise UsageError(
            f"the environment names a proxy for {url.scheme} that is neither http nor https",
            remedy=f"Correct {url.scheme}_proxy, or add {host} to no_proxy",
        )
    return proxy
