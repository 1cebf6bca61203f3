"""Reads a page of metrics, as Prometheus would, over a Unix socket, the loopback or HTTPS."""

import http.client
import socket
import ssl
from pathlib import Path
from typing import Optional


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str):
        super().__init__("lictord", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def tls_of(folder: Path, name: Optional[str]) -> ssl.SSLContext:
    """As a client with the certificate of that name; None: without any."""
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    if name:
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    return context


def scrape(address: str, tls: Optional[ssl.SSLContext] = None, path: str = "/metrics", method: str = "GET") -> tuple[int, str]:
    """The status and the body."""
    if address.startswith("unix:"):
        connection = _UnixConnection(address.removeprefix("unix:"))
    elif tls:
        connection = http.client.HTTPSConnection(address, context=tls, timeout=60)
    else:
        connection = http.client.HTTPConnection(address, timeout=60)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8")
    finally:
        connection.close()


def series_of(page: str) -> dict[str, float]:
    """Each series, labels and all, with its value."""
    lines = [line for line in page.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def names_of(page: str) -> set[str]:
    return {name.partition("{")[0] for name in series_of(page)}
