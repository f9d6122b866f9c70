"""Where a server listens."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from trailblazer_gym.errors import InvalidArgumentError


@dataclass(frozen=True)
class Address:
    """A TCP host and port, or the path of a Unix socket.

    Attributes:
        host: name or IP address; "" where `path` is set.
        port: TCP port; 0 where `path` is set.
        path: file of the Unix socket; "" for TCP.
        tls: whether the connection is encrypted (https).
    """

    host: str = ""
    port: int = 0
    path: str = ""
    tls: bool = False

    def __str__(self) -> str:
        if self.path:
            return f"unix://{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}"


def parse(server: str) -> Address:
    """Reads "http://host:port", "https://host[:port]" or "unix:///path".

    Raises:
        InvalidArgumentError: the address has another form.
    """
    parts = urlsplit(server)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme == "unix" and parts.path and not parts.netloc:
        return Address(path=parts.path)
    if (
        parts.scheme in ("http", "https")
        and parts.hostname
        and port != -1
        and parts.path in ("", "/")
    ):
        tls = parts.scheme == "https"
        return Address(host=parts.hostname, port=port or (443 if tls else 80), tls=tls)
    raise InvalidArgumentError(
        "the server's address can't be read",
        field="server",
        value=repr(server),
        remedy='write it as "http://host:port", "https://host:port" or "unix:///path"',
    )
