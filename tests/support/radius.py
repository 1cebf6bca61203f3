"""RADIUS messages as an access server and its RADIUS server send them, and the frames that carry them. Written from RFC 2865
and RFC 2866, with nothing of the appliance."""

import hashlib
import hmac
import ipaddress
import struct
from typing import Iterable, Optional

ACCESS_REQUEST, ACCESS_ACCEPT, ACCESS_REJECT, ACCOUNTING_REQUEST, ACCOUNTING_RESPONSE = 1, 2, 3, 4, 5
START, STOP, INTERIM = 1, 2, 3
USER_NAME, NAS_IP_ADDRESS, NAS_PORT, FRAMED_IP_ADDRESS, CALLING_STATION_ID = 1, 4, 5, 8, 31
ACCT_STATUS_TYPE, ACCT_DELAY_TIME, ACCT_SESSION_ID, ACCT_TERMINATE_CAUSE, EVENT_TIMESTAMP, ACCT_INTERIM_INTERVAL = 40, 41, 44, 49, 55, 85
MESSAGE_AUTHENTICATOR, FRAMED_IPV6_PREFIX, DELEGATED_IPV6_PREFIX = 80, 97, 123

Attribute = tuple[int, bytes]


def text(kind: int, value: str) -> Attribute:
    return kind, value.encode()


def number(kind: int, value: int) -> Attribute:
    return kind, struct.pack(">I", value)


def address(kind: int, value: str) -> Attribute:
    return kind, ipaddress.ip_address(value).packed


def prefix(kind: int, value: str) -> Attribute:
    network = ipaddress.ip_network(value)
    return kind, struct.pack(">BB", 0, network.prefixlen) + network.network_address.packed


def message(code: int, identifier: int, attributes: Iterable[Attribute], authenticator: bytes) -> bytes:
    body = b"".join(struct.pack(">BB", kind, 2 + len(value)) + value for kind, value in attributes)
    return struct.pack(">BBH", code, identifier % 256, 20 + len(body)) + authenticator + body


def accounting_request(identifier: int, attributes: list[Attribute], secret: bytes) -> bytes:
    unsigned = message(ACCOUNTING_REQUEST, identifier, attributes, bytes(16))
    return message(ACCOUNTING_REQUEST, identifier, attributes, hashlib.md5(unsigned + secret).digest())


def response(code: int, request: bytes, attributes: list[Attribute], secret: bytes) -> bytes:
    unsigned = message(code, request[1], attributes, request[4:20])
    return message(code, request[1], attributes, hashlib.md5(unsigned + secret).digest())


def access_request(identifier: int, attributes: list[Attribute], secret: bytes) -> bytes:
    """With a Message-Authenticator behind the others."""
    nonce = hashlib.md5(struct.pack(">I", identifier)).digest()
    unsigned = message(ACCESS_REQUEST, identifier, [*attributes, (MESSAGE_AUTHENTICATOR, bytes(16))], nonce)
    proof = hmac.new(secret, unsigned, hashlib.md5).digest()
    return message(ACCESS_REQUEST, identifier, [*attributes, (MESSAGE_AUTHENTICATOR, proof)], nonce)


def session(status: int, user: str, session_id: str, ip: Optional[str] = None, more: Iterable[Attribute] = ()) -> list[Attribute]:
    """What an accounting message says of a subscriber's session."""
    attributes = [number(ACCT_STATUS_TYPE, status), text(USER_NAME, user), text(ACCT_SESSION_ID, session_id)]
    if ip:
        attributes.append(address(FRAMED_IP_ADDRESS, ip))
    return [*attributes, *more]


def datagram(source: str, source_port: int, destination: str, destination_port: int, payload: bytes) -> bytes:
    """An IPv4 packet with it; no UDP checksum."""
    udp = struct.pack(">HHHH", source_port, destination_port, 8 + len(payload), 0) + payload
    ends = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + ends
    total = sum(struct.unpack(">10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return header[:10] + struct.pack(">H", checksum) + header[12:] + udp
