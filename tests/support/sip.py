"""Messages of calls between one caller and one called party, as octets."""

PORT = 5060


def message(first_line: str, method: str, call: str, called: str, number: int = 1, tagged: bool = False, body: str = "", via: str = "192.0.2.1",
            caller: str = "alice@example.org", more: str = "") -> bytes:
    """Tags, branch and Call-ID follow from `call`."""
    head = (f"{first_line}\r\nVia: SIP/2.0/UDP {via};branch=z9hG4bK{call}{number}{method}\r\n"
            f"From: <sip:{caller}>;tag=f{call}\r\nTo: <sip:{called}>{';tag=t' + call if tagged else ''}\r\n"
            f"Call-ID: {call}@example.org\r\nCSeq: {number} {method}\r\n{more}"
            + ("Content-Type: application/sdp\r\n" if body else "") + f"Content-Length: {len(body)}\r\n\r\n")
    return (head + body).encode()


def audio(address: str, port: int, family: int = 4, formats: str = "0", lines: str = "") -> str:
    """A session description of one stream, with these payload types and lines behind them."""
    return (f"v=0\r\no=- 1 1 IN IP{family} {address}\r\ns=-\r\nc=IN IP{family} {address}\r\nt=0 0\r\n"
            f"m=audio {port} RTP/AVP {formats}\r\n{lines}")
