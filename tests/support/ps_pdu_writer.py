"""Builds a few PS-PDUs by hand, to feed receivers: the counterpart of ps_pdu.py, as small as can be."""

LI_PS_33 = bytes([4, 0, 2, 2, 5, 1, 33])  # 0.4.0.2.2.5.1.33


def tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def integer(tag: int, value: int) -> bytes:
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def header(liid: bytes, cin: int, number: int, micros: int) -> bytes:
    identifier = tlv(0xA0, tlv(0x80, b"OP1"), tlv(0x81, b"NE-PY"))
    return tlv(0xA1, tlv(0x80, LI_PS_33), tlv(0x81, liid), tlv(0x82, b"AT"),
               tlv(0xA3, identifier, integer(0x81, cin), tlv(0x82, b"AT")), integer(0x84, number),
               tlv(0xA7, integer(0x80, micros // 1_000_000), integer(0x81, micros % 1_000_000)), tlv(0x88, b"\x01"))


def keepalive(number: int, answer: bool = False) -> bytes:
    return tlv(0x30, header(b"-", 0, number, 1_700_000_000_000_000), tlv(0xA2, tlv(0xA2, tlv(0x84 if answer else 0x83))))


def content(liid: bytes, cin: int, number: int, packet: bytes, micros: int = 1_700_000_000_000_000) -> bytes:
    packets = tlv(0xA1, tlv(0x80, packet))
    ipcc = tlv(0xA2, tlv(0x80, b"\x05\x03\x0e\x02"), packets)
    return tlv(0x30, header(liid, cin, number, micros), tlv(0xA2, tlv(0xA1, tlv(0x30, tlv(0x80, b"\x00"), tlv(0xA2, ipcc)))))
