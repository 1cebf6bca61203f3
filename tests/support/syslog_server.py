"""A syslog server over TLS that asks for a certificate (RFC 5425): keeps what comes, and can be away for a while."""

import re
import socket
import ssl
import threading
from pathlib import Path

_NUMBER = re.compile(r' number="(\d+)"')
_HASH = re.compile(r' hash="([0-9a-f]{64})"')
_POLL_S = 0.2


class SyslogServer:
    def __init__(self, certificates: Path, name: str, port: int = 0):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
        self._context.load_verify_locations(certificates / "ca.pem")
        self._context.verify_mode = ssl.CERT_REQUIRED
        self.messages: list[str] = []  # written by the server's thread
        self.port = port
        self._stop = threading.Event()
        self._thread = None

    def start(self) -> "SyslogServer":
        listener = socket.create_server(("127.0.0.1", self.port))
        listener.settimeout(_POLL_S)
        self.port = listener.getsockname()[1]
        self._stop.clear()
        self._thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """It is away: nobody listens, and what stood is cut."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def numbers(self) -> list[int]:
        return [int(_NUMBER.search(message).group(1)) for message in list(self.messages)]

    def hashes(self) -> dict[int, str]:
        return {int(_NUMBER.search(message).group(1)): _HASH.search(message).group(1) for message in list(self.messages)}

    def _serve(self, listener: socket.socket) -> None:
        with listener:
            while not self._stop.is_set():
                try:
                    plain, _ = listener.accept()
                except TimeoutError:
                    continue
                try:
                    with self._context.wrap_socket(plain, server_side=True) as connection:
                        self._read(connection)
                except (OSError, ssl.SSLError):
                    pass  # who shows no certificate of ours, or hangs up

    def _read(self, connection: ssl.SSLSocket) -> None:
        connection.settimeout(_POLL_S)
        buffer = b""
        while not self._stop.is_set():
            try:
                octets = connection.recv(65536)
            except TimeoutError:
                continue
            if not octets:
                return
            buffer += octets
            while match := re.match(rb"(\d+) ", buffer):
                end = match.end() + int(match.group(1))
                if len(buffer) < end:
                    break
                self.messages.append(buffer[match.end():end].decode("ascii"))
                buffer = buffer[end:]
