"""Our errors for aiohttp's exceptions and servers' refusals, without query, headers or proxy."""

from __future__ import annotations

import errno
import ssl
from pathlib import Path

import aiohttp
from yarl import URL

from annotator.errors import UsageError
from annotator.net.address import proxy_of, shown
from annotator.net.errors import PassingError, RefusedError, UnavailableError

__all__ = ["REDIRECTS", "failure", "redirect_refused", "redirect_target", "refused", "trusting"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""Statuses of redirections."""

_PROXY_LOGIN = 407

_ADVICE = {
    401: "Check the token and whether it has expired",
    403: "Check the token, and whether this machine or its proxy has access",
    404: "Check the address",
    407: "Check the proxy's user and password in the environment",
    414: "Request less at once",
}


def trusting(ca_bundle: Path | None) -> ssl.SSLContext:
    """Return the TLS context: it trusts the system's certificate authorities and those of a file.

    Raises:
        UsageError: the file cannot be read, or contains no certificate.

    """
    context = ssl.create_default_context()
    if ca_bundle is not None:
        try:
            context.load_verify_locations(cafile=ca_bundle)
        except OSError as error:  # ssl.SSLError is a subclass
            why = (
                error.strerror if not isinstance(error, ssl.SSLError) else "the file contains no certificate"
            )
            raise UsageError(
                f"the certificates cannot be read ({why})", path=ca_bundle, remedy="Use a file in PEM format"
            ) from error
    return context


def failure(error: Exception, url: URL) -> PassingError | UnavailableError:
    """Return the error of a failed attempt: a temporary one, or a server that cannot be trusted."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        found = error.certificate_error
        why = f" ({found.verify_message})" if isinstance(found, ssl.SSLCertVerificationError) else ""
        return _unreached(
            f"its certificate is not trusted{why}",
            url,
            "If your institution's proxy inspects connections, name the certificate of its authority with --ca-bundle "
            "or SSL_CERT_FILE",
        )
    if isinstance(error, aiohttp.ClientHttpProxyError) and 400 <= error.status < 500:
        wants = " because it wants a user and a password" if error.status == _PROXY_LOGIN else ""
        return _unreached(
            f"the proxy {_proxy(url)} refused the connection with status {error.status}{wants}",
            url,
            f"Set HTTPS_PROXY=http://USER:PASSWORD@{_proxy(url)}, or add {url.host} to NO_PROXY"
            if wants
            else f"Allow {url.host} in the proxy, or add the host to NO_PROXY",
        )
    return PassingError(_reason(error))


def _unreached(what: str, url: URL, remedy: str) -> UnavailableError:
    error = UnavailableError(what, path=shown(url), remedy=remedy)
    error.reached = False
    return error


def _proxy(url: URL) -> str:
    """Return host and port of the proxy for an address, without user and password."""
    proxy = URL(proxy_of(url) or "")
    return f"{proxy.host}:{proxy.port}" if proxy.host else "in the environment"


def _reason(error: Exception) -> str:
    match error:
        case aiohttp.ClientHttpProxyError():
            return f"the proxy refused the connection with status {error.status}"
        case aiohttp.ClientProxyConnectionError():
            return f"no connection to the proxy ({error.os_error.strerror})"
        case aiohttp.ClientConnectorDNSError():
            return "the host name cannot be resolved"
        case aiohttp.ClientConnectorError():
            return f"no connection ({error.os_error.strerror})"
        case aiohttp.ConnectionTimeoutError():
            return "the connection timed out"
        case TimeoutError():
            return "the response timed out"
        case aiohttp.ClientPayloadError():
            return "the response was truncated"
        case aiohttp.ServerDisconnectedError():
            return "the connection was closed without a response"
        case aiohttp.ClientResponseError():
            return "the response is not HTTP"
        case OSError() if error.errno in {errno.ECONNRESET, errno.EPIPE}:
            return "the connection broke before a response arrived"
        case OSError():
            return f"the connection broke ({error.strerror})"
        case _:
            return f"the connection failed ({type(error).__name__})"


def refused(status: int, url: URL) -> RefusedError:
    """Return the error of a status that a retry does not change."""
    return RefusedError(
        f"refused with status {status}", path=shown(url), remedy=_ADVICE.get(status), status=status
    )


def redirect_target(response: aiohttp.ClientResponse, url: URL) -> URL:
    """Return the address to which a redirection leads.

    Raises:
        RefusedError: the redirection has no valid address.

    """
    try:
        return url.join(URL(response.headers["Location"]))
    except (KeyError, ValueError):
        raise RefusedError(
            "the server redirects without an address",
            path=shown(url),
            remedy="Try again later",
            status=response.status,
        ) from None


def redirect_refused(url: URL, target: URL, status: int) -> RefusedError:
    """Return the error of a redirection that is not followed."""
    return RefusedError(
        f"the server redirects to {shown(target)}, which is not followed",
        path=shown(url),
        remedy="Use the new address if you trust it",
        status=status,
    )
