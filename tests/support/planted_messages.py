"""SIP messages into which words are planted that an order may not cover, and the frames that carry them so. Lines and parts are those of
RFC 3261, RFC 3455, RFC 6442, RFC 4119, RFC 8866 and RFC 4568; what stands in a message is moved and never changed."""

import re
import struct
from typing import Iterable, Optional

from support.capture_file import Frame
from support.frames import checksum
from support.oracle_levels import ALL, levels_of

# Of what people say to each other, and of where they are.
CONTENT, LOCATION = b"wxqzkjcontent", b"wxqzkjlocation"
MARK = b"X-Planted: yes\r\n"
HEAD = MARK + (b"Subject: %(c)s\r\nUser-to-User: %(c)s;encoding=hex\r\nCall-Info: <http://example.org/%(c)s>;purpose=card\r\n"
        b"Reply-To: <sip:carol@example.org;postd=%(c)s?Subject=%(c)s>\r\n"
        b"P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=%(l)s\r\n"
        b"Geolocation: <cid:%(l)s@example.org>\r\nCellular-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=%(l)s\r\n"
        ) % {b"c": CONTENT, b"l": LOCATION}
DESCRIPTION = (b"i=%(c)s\r\nk=clear:%(c)s\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%(c)s\r\na=key-mgmt:mikey %(c)s\r\n") % {b"c": CONTENT}
# What a message without a body is given, in turn.
BODIES = [
    (b"text/plain", CONTENT),
    (b"application/dtmf-relay", b"Signal=5\r\nDuration=160\r\nX=%s\r\n" % CONTENT),
    (b"application/pidf+xml", b'<presence xmlns="urn:ietf:params:xml:ns:pidf"><tuple id="a"><gp:geopriv xmlns:gp='
                              b'"urn:ietf:params:xml:ns:pidf:geopriv10">%s</gp:geopriv></tuple></presence>' % LOCATION),
    (b"message/cpim", CONTENT),
]
LENGTH = re.compile(rb"^(Content-Length|l)([ \t]*:[ \t]*)(\d+)[ \t]*\r$", re.I | re.M)


def planted(message: bytes, number: int) -> Optional[bytes]:
    """The message with the words; None where its head, or the length of its body, is not as RFC 3261 has it."""
    head, end, body = message.partition(b"\r\n\r\n")
    start, _, fields = head.partition(b"\r\n")
    length = LENGTH.search(fields + b"\r")
    if not end or length is None or int(length.group(3)) != len(body):
        return None
    more = HEAD
    if body.startswith(b"v=0"):
        body += (b"" if body.endswith(b"\n") else b"\r\n") + DESCRIPTION
    elif not body:
        kind, body = BODIES[number % len(BODIES)]
        more += b"Content-Type: " + kind + b"\r\n"
    fields = LENGTH.sub(rb"\g<1>\g<2>%d\r" % len(body), fields + b"\r")[:-1]
    return start + b"\r\n" + more + fields + end + body


def with_message(frame: Frame, old: bytes, new: bytes) -> Optional[Frame]:
    """The frame with another message in its innermost datagram; None where that does not hold it whole, or something stands around it that
    has lengths other than those of IP, UDP and GTP-U."""
    octets = bytearray(frame.octets)
    levels = levels_of(frame.octets, ALL)
    at, grown = frame.octets.find(old), len(new) - len(old)
    if at < 0 or frame.octets[12:14] not in (b"\x08\x00", b"\x86\xdd"):
        return None
    for view in levels.views:
        ip = frame.octets.find(view.packet)
        header = 40 if view.version == 6 else (octets[ip] & 15) * 4
        if octets[ip + (6 if view.version == 6 else 9)] != 17:
            return None
        _grow(octets, ip + (4 if view.version == 6 else 2), grown)
        if view.version == 4:
            octets[ip + 10:ip + 12] = bytes(2)
            octets[ip + 10:ip + 12] = struct.pack(">H", checksum(bytes(octets[ip:ip + header])))
        udp = ip + header
        _grow(octets, udp + 4, grown)
        octets[udp + 6:udp + 8] = bytes(2)  # no checksum
        if view is levels.views[-1]:
            if udp + 8 != at:
                return None
        elif octets[udp + 2:udp + 4] == struct.pack(">H", 2152):
            _grow(octets, udp + 8 + 2, grown)
        else:
            return None
    changed = bytes(octets[:at]) + new + bytes(octets[at + len(old):])
    return frame._replace(octets=changed, original=len(changed))


def _grow(octets: bytearray, at: int, by: int) -> None:
    octets[at:at + 2] = struct.pack(">H", int.from_bytes(octets[at:at + 2], "big") + by)


CONTENT_LINES = re.compile(rb"^((?:Subject|s|User-to-User|Call-Info)[ \t]*:.*?)\r?$", re.I | re.M)
LOCATION_LINES = re.compile(rb"^(?:[A-Z-]*Access-Network-Info|Cellular-Network-Info|Geolocation[A-Z-]*)[ \t]*:[ \t]*(.*?)\r?$", re.I | re.M)
DESCRIPTION_LINES = re.compile(rb"^([ki]=.+?|a=(?:crypto|key-mgmt):.*?|s=(?!-).+?)\r?$", re.M)
TALK = re.compile(rb"^CSeq[ \t]*:[ \t]*\d+[ \t]+(?:MESSAGE|INFO)\r?$", re.I | re.M)
SHORT = 6  # octets that may stand anywhere by chance


def secrets_of(messages: Iterable[bytes]) -> tuple[set[bytes], set[bytes]]:
    """Octets of these messages that are content, and those that say where somebody is."""
    content, location = {CONTENT}, {LOCATION}
    for message in messages:
        head, _, body = message.partition(b"\r\n\r\n")
        content.update(CONTENT_LINES.findall(head))
        location.update(LOCATION_LINES.findall(head))
        if body.startswith(b"v=0") and not TALK.search(head):
            content.update(DESCRIPTION_LINES.findall(body))
        elif b"pidf" in head:
            location.add(body)
        else:
            content.add(body)
    return ({one for one in content if len(one) >= SHORT}, {one for one in location if len(one) >= SHORT})
