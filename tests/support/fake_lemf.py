"""A receiver that misbehaves to order: it cuts connections, stays mute, or refuses, where lictor-lemf is a model of manners."""

import fcntl
import socket
import ssl
import struct
import termios
import threading
import time
from typing import Optional

from support import ps_pdu
from support.waiting import PACE_S

# TRI payloads, as they stand in a record.
QUESTIONS = {bytes.fromhex("a204a2028300"): "keep-alive", bytes.fromhex("a204a2028c00"): "pDUAcknowledgementRequest",
             bytes.fromhex("a208a206a904a0028000"): "optionRequest"}
OPTION_COMPLETE = bytes.fromhex("a204a2028b00")
KEEPALIVE_RESPONSE = bytes.fromhex("a204a2028400")
ACKNOWLEDGEMENT_RESPONSE = bytes.fromhex("a204a2028d00")
OPTION_RESPONSES = {"accept": bytes.fromhex("a20aa208aa06a0028000a100"), "decline": bytes.fromhex("a20aa208aa06a000a1028000"),
                    "junk": bytes.fromhex("a206a204aa02a07f")}


def payload_of(record: bytes) -> bytes:
    """The payload behind the header, whole."""
    _, start, end = ps_pdu.read_header(record, 0)
    return record[ps_pdu.read_header(record, start)[2]:end]


def with_payload(record: bytes, payload: bytes) -> bytes:
    """The record's own header with another payload."""
    _, start, _ = ps_pdu.read_header(record, 0)
    content = record[start:ps_pdu.read_header(record, start)[2]] + payload
    assert len(content) < 128, "the header of a question is short"
    return bytes([0x30, len(content)]) + content


class Connection:
    """What came over one TCP connection, and when it was over."""

    def __init__(self):
        self.octets = bytearray()
        self.closed = False

    def whole_records(self) -> list[bytes]:
        """The records that came whole; what follows the last of them is the beginning of one that was cut off."""
        found, at = [], 0
        octets = bytes(self.octets)
        while at < len(octets):
            try:
                _, _, end = ps_pdu.read_header(octets, at)
            except ps_pdu.DerError:
                break
            found.append(octets[at:end])
            at = end
        return found

    def rest(self) -> bytes:
        return bytes(self.octets[sum(map(len, self.whole_records())):])


class FakeLemf:
    """One listening port, HI2 or HI3.

    reset_after      resets the first connection once so many octets were read
    closes_after     closes each of the first three connections once so many octets were read, with more unread
    answers          whether keepalives and requests for acknowledgements are answered; "idle": only before any record of the
                     connection; a set: of these kinds alone, "keep-alive" and "pDUAcknowledgementRequest"
    options          what a sender hears that asks for acknowledgements: "accept", "decline", "silent", "junk"
    tls              a server's context; handshakes that fail are in handshake_errors

    A reset throws away what the kernel has acknowledged and nobody has read: the sender cannot know of that. So that a test
    can say which octets the sender must repeat, the reset comes when the window is closed, and what the kernel holds by then
    counts as received.
    """

    WINDOW_BYTES = 16384  # small: it has to close
    QUIET_S = 1.0         # five times the interval in which TCP probes a closed window at first

    def __init__(self, reset_after: Optional[int] = None, answers: bool | str | set = True, closes_after: int = 0,
                 tls: Optional[ssl.SSLContext] = None, options: str = "accept"):
        self.reset_after = reset_after
        self.tls = tls
        self.handshake_errors: list[str] = []
        self.answers = answers
        self.options = options
        self.closes_after = closes_after
        self.connections: list[Connection] = []
        self.process = None  # none to end: it is a fixture like the others otherwise
        self._listener = socket.create_server(("127.0.0.1", 0))
        if reset_after:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.WINDOW_BYTES)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def hi2_address(self) -> str:
        return f"127.0.0.1:{self.port}"

    hi3_address = hi2_address

    def close(self) -> None:
        try:
            self._listener.shutdown(socket.SHUT_RDWR)  # else the accept that is under way takes one more
        except OSError:
            pass  # closed already
        self._listener.close()

    def records(self) -> list[bytes]:
        """All whole records of all connections, in order; repeats too."""
        return [record for connection in list(self.connections) for record in connection.whole_records()]

    def of_kind(self, kind: str) -> list[dict]:
        return [pdu for pdu in map(ps_pdu.decode, self.records()) if ps_pdu.kind_of(pdu) == kind]

    def keepalives(self) -> list[dict]:
        return self.of_kind("keep-alive")

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            connection = Connection()
            self.connections.append(connection)
            threading.Thread(target=self._greet, args=(peer, connection), daemon=True).start()

    def _greet(self, peer: socket.socket, connection: Connection) -> None:
        if self.tls is not None:
            try:
                peer = self.tls.wrap_socket(peer, server_side=True)
            except OSError as error:
                self.handshake_errors.append(str(error))
                connection.closed = True
                return
        self._serve(peer, connection)

    def _serve(self, peer: socket.socket, connection: Connection) -> None:
        answered = 0
        bound = self.reset_after if len(self.connections) == 1 else None
        with peer:
            while True:
                try:
                    octets = peer.recv(bound - len(connection.octets) if bound else 65536)
                except OSError:
                    break
                if not octets:
                    break
                connection.octets += octets
                if self.closes_after and len(self.connections) <= 3 and len(connection.octets) >= self.closes_after:
                    break
                if bound and len(connection.octets) >= bound:
                    connection.octets += self._held_by_kernel(peer)
                    # Linger 0: the kernel sends RST and throws away what it has buffered.
                    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break
                answered = self._answer(peer, connection, answered)
        connection.closed = True

    def _held_by_kernel(self, peer: socket.socket) -> bytes:
        """What has arrived and is acknowledged, once no more comes. Peeking does not open the window again."""
        size, since = -1, time.monotonic()
        while time.monotonic() - since < self.QUIET_S:
            now = struct.unpack("i", fcntl.ioctl(peer, termios.FIONREAD, bytes(4)))[0]
            if now != size:
                size, since = now, time.monotonic()
            time.sleep(PACE_S)
        return peer.recv(size, socket.MSG_PEEK) if size else b""

    def _answer(self, peer: socket.socket, connection: Connection, answered: int) -> int:
        """Answers the questions among the records behind the first `answered`."""
        records = connection.whole_records()
        for at in range(answered, len(records)):
            response = self._response(records, at)
            if response is not None:
                peer.sendall(response)
        return len(records)

    def _response(self, records: list[bytes], at: int) -> Optional[bytes]:
        kind = QUESTIONS.get(payload_of(records[at]))
        if kind == "optionRequest":
            payload = OPTION_RESPONSES.get(self.options)
            return None if payload is None else with_payload(records[at], payload)
        if kind is None or not self.answers or (isinstance(self.answers, set) and kind not in self.answers):
            return None
        if self.answers == "idle" and any(payload not in QUESTIONS and payload != OPTION_COMPLETE for payload in map(payload_of, records[:at])):
            return None
        return with_payload(records[at], KEEPALIVE_RESPONSE if kind == "keep-alive" else ACKNOWLEDGEMENT_RESPONSE)
