"""The octets of DER and the types of PS-PDUs, for ps_pdu.py: TLVs, primitive values, and the tag tables of TS 102 232-1, -3
and TS 101 671, written down from the standards alone."""

from dataclasses import dataclass, field


class DerError(Exception):
    """What is wrong, and where in the record."""


# --- TLVs ----------------------------------------------------------------------------------------------------------


def read_header(octets, at):
    """(tag octet, content start, content end) of the TLV at `at`; only low tag numbers occur in PS-PDUs."""
    if at + 2 > len(octets):
        raise DerError(f"octet {at}: ends inside a tag or length")
    tag = octets[at]
    if tag & 0x1F == 0x1F:
        raise DerError(f"octet {at}: high tag number")
    first = octets[at + 1]
    start = at + 2
    if first < 0x80:
        length = first
    else:
        count = first & 0x7F
        if count == 0:
            raise DerError(f"octet {at}: indefinite length")
        if count > 8 or start + count > len(octets):
            raise DerError(f"octet {at}: length of {count} octets")
        length = int.from_bytes(octets[start:start + count], "big")
        if length < 0x80 or octets[start] == 0:
            raise DerError(f"octet {at}: length is not minimal")
        start += count
    if start + length > len(octets):
        raise DerError(f"octet {at}: content passes the end")
    return tag, start, start + length


def children(octets, start, end):
    """The TLVs between start and end, as (tag, content start, content end)."""
    at = start
    while at < end:
        tag, inner, after = read_header(octets, at)
        if after > end:
            raise DerError(f"octet {at}: passes its parent's end")
        yield tag, inner, after
        at = after


# --- types ---------------------------------------------------------------------------------------------------------


def integer(content, where):
    if not content:
        raise DerError(f"{where}: empty INTEGER")
    if len(content) > 1 and ((content[0] == 0 and content[1] < 0x80) or (content[0] == 0xFF and content[1] >= 0x80)):
        raise DerError(f"{where}: INTEGER is not minimal")
    return int.from_bytes(content, "big", signed=True)


def base128(content, where):
    arcs, value, started = [], 0, False
    for octet in content:
        if not started and octet == 0x80:
            raise DerError(f"{where}: arc is not minimal")
        started = True
        value = value << 7 | octet & 0x7F
        if octet < 0x80:
            arcs.append(value)
            value, started = 0, False
    if started or not content:
        raise DerError(f"{where}: ends inside an arc")
    return arcs


def object_identifier(content, where):
    arcs = base128(content, where)
    root = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in [root, arcs[0] - 40 * root] + arcs[1:])


def relative_oid(content, where):
    return ".".join(str(arc) for arc in base128(content, where))


def octet_string(content, _where):
    return bytes(content)


def text(content, where):
    try:
        return bytes(content).decode("utf-8")
    except UnicodeDecodeError as error:
        raise DerError(f"{where}: not UTF-8") from error


def null(content, where):
    if content:
        raise DerError(f"{where}: NULL with content")
    return None


def boolean(content, where):
    if bytes(content) not in (b"\x00", b"\xff"):
        raise DerError(f"{where}: BOOLEAN is not DER")
    return content[0] == 0xFF


@dataclass
class Sequence:
    """Members in the order of their declaration: (context tag, name, type, optional)."""
    members: list



@dataclass
class SequenceOf:
    element: object
    element_tag: int = 0x30



@dataclass
class Choice:
    """Alternatives by context tag number: (name, type). A tag on a CHOICE is explicit."""
    alternatives: dict = field(default_factory=dict)



def is_constructed(kind):
    return not callable(kind)


def decode_value(kind, octets, start, end, where):
    if isinstance(kind, Sequence):
        return decode_sequence(kind, octets, start, end, where)
    if isinstance(kind, SequenceOf):
        return decode_sequence_of(kind, octets, start, end, where)
    if isinstance(kind, Choice):
        return decode_choice(kind, octets, start, end, where)
    return kind(octets[start:end], where)


def decode_sequence(kind, octets, start, end, where):
    values, position = {}, 0
    for tag, inner, after in children(octets, start, end):
        index = next((i for i, member in enumerate(kind.members) if expected_tag(member[0], member[2]) == tag), None)
        if index is None:
            raise DerError(f"{where}: unexpected tag {tag:02x}")
        if index < position:
            raise DerError(f"{where}: tag {tag:02x} is out of order or repeated")
        require_absent_optional(kind.members[position:index], where)
        position = index + 1
        _, name, member_kind, _ = kind.members[index]
        values[name] = decode_value(member_kind, octets, inner, after, f"{where}.{name}")
    require_absent_optional(kind.members[position:], where)
    return values


def require_absent_optional(members, where):
    for _, name, _, optional in members:
        if not optional:
            raise DerError(f"{where}: {name} is missing")


def decode_sequence_of(kind, octets, start, end, where):
    values = []
    for tag, inner, after in children(octets, start, end):
        here = f"{where}[{len(values)}]"
        if isinstance(kind.element, Choice):
            values.append(decode_alternative(kind.element, octets, tag, inner, after, here))
            continue
        if tag != kind.element_tag:
            raise DerError(f"{here}: tag {tag:02x} instead of {kind.element_tag:02x}")
        values.append(decode_value(kind.element, octets, inner, after, here))
    return values


def decode_choice(kind, octets, start, end, where):
    found = list(children(octets, start, end))
    if len(found) != 1:
        raise DerError(f"{where}: a CHOICE holds one alternative, not {len(found)}")
    return decode_alternative(kind, octets, *found[0], where)


def decode_alternative(kind, octets, tag, inner, after, where):
    number = tag & 0x1F
    if tag & 0xC0 != 0x80 or number not in kind.alternatives:
        raise DerError(f"{where}: unknown alternative {tag:02x}")
    name, value_kind = kind.alternatives[number]
    if tag != expected_tag(number, value_kind):
        raise DerError(f"{where}.{name}: tag {tag:02x} has the wrong form")
    return {name: decode_value(value_kind, octets, inner, after, f"{where}.{name}")}


def expected_tag(number, kind):
    return 0x80 | (0x20 if is_constructed(kind) else 0) | number


# --- TS 102 232-1, -3, -4, -5, TS 101 671 ----------------------------------------------------------------------------------

ENUM = integer

MICROSECOND_TIME = Sequence([(0, "seconds", integer, False), (1, "microSeconds", integer, False)])

NETWORK_IDENTIFIER = Sequence([
    (0, "operatorIdentifier", octet_string, False),
    (1, "networkElementIdentifier", octet_string, True)])

PS_HEADER = Sequence([
    (0, "li-psDomainId", object_identifier, False),
    (1, "lawfulInterceptionIdentifier", octet_string, False),
    (2, "authorizationCountryCode", text, True),
    (3, "communicationIdentifier", Sequence([
        (0, "networkIdentifier", NETWORK_IDENTIFIER, False),
        (1, "communicationIdentityNumber", integer, True),
        (2, "deliveryCountryCode", text, True)]), False),
    (4, "sequenceNumber", integer, False),
    (5, "timeStamp", text, True),
    (6, "interceptionPointID", text, True),
    (7, "microSecondTimeStamp", MICROSECOND_TIME, True),
    (8, "timeStampQualifier", ENUM, True)])

IP_ADDRESS = Sequence([
    (1, "iP-type", ENUM, False),
    (2, "iP-value", Choice({1: ("iPBinaryAddress", octet_string), 2: ("iPTextAddress", text)}), False),
    (3, "iP-assignment", ENUM, True),
    (4, "iPv6PrefixLength", integer, True),
    (5, "iPv4SubnetMask", octet_string, True)])

POP_IDENTIFIER = Choice({0: ("printable", text), 1: ("mAC", octet_string), 2: ("iPAddress", IP_ADDRESS)})

EPS_LOCATION = Sequence([(1, "userLocationInfo", octet_string, True)])

IP_IRI_CONTENTS = Sequence([
    (0, "accessEventType", ENUM, False),
    (1, "targetUsername", octet_string, False),
    (2, "internetAccessType", ENUM, False),
    (3, "iPVersion", ENUM, False),
    (4, "targetIPAddress", IP_ADDRESS, True),
    (5, "targetNetworkID", text, True),
    (6, "targetCPEID", text, True),
    (7, "targetLocation", text, True),
    (8, "pOPPortNumber", integer, True),
    (9, "callBackNumber", text, True),
    (10, "startTime", text, True),
    (11, "endTime", text, True),
    (12, "endReason", ENUM, True),
    (13, "octetsReceived", integer, True),
    (14, "octetsTransmitted", integer, True),
    (15, "rawAAAData", octet_string, True),
    (16, "expectedEndTime", text, True),
    (17, "pOPPhoneNumber", text, True),
    (18, "pOPIdentifier", POP_IDENTIFIER, True),
    (19, "pOPIPAddress", IP_ADDRESS, True),
    (21, "additionalIPAddress", IP_ADDRESS, True),
    (22, "authenticationType", ENUM, True),
    (23, "otherTargetIdentifiers", SequenceOf(Choice({0: ("iPAddress", IP_ADDRESS)})), True),
    (24, "location", Sequence([(1, "epsLocation", EPS_LOCATION, True)]), True),
    (25, "pOPPortID", octet_string, True),
    (26, "framedRoutes", SequenceOf(Choice({0: ("framedRoute", octet_string)})), True)])

IP_IRI = Sequence([(0, "iPIRIObjId", relative_oid, False), (1, "iPIRIContents", IP_IRI_CONTENTS, False)])

IP_CC = Sequence([
    (0, "iPCCObjId", relative_oid, False),
    (1, "iPCCContents", Choice({
        0: ("iPPackets", octet_string),
        1: ("iPTruncatedPacket", Sequence([
            (0, "truncatedPacket", octet_string, False), (1, "originalLength", integer, True)]))}), False)])

L2_IRI_CONTENTS = Sequence([
    (0, "accessEventType", ENUM, False),
    (2, "internetAccessType", ENUM, True),
    (5, "targetNetworkID", text, True),
    (6, "targetCPEID", text, True),
    (7, "targetLocation", text, True),
    (8, "nASPortNumber", integer, True),
    (9, "callBackNumber", text, True),
    (10, "startTime", text, True),
    (11, "endTime", text, True),
    (12, "endReason", ENUM, True),
    (13, "octetsReceived", integer, True),
    (14, "octetsTransmitted", integer, True),
    (15, "rawAAAData", octet_string, True),
    (16, "authenticationType", ENUM, True)])

L2_IRI = Sequence([(0, "l2IRIObjId", relative_oid, False), (1, "l2IRIContents", L2_IRI_CONTENTS, False)])

L2_CC = Sequence([
    (0, "l2CCObjId", relative_oid, False),
    (1, "l2CCContents", Choice({
        1: ("l2TP", octet_string), 2: ("l2F", octet_string), 3: ("pPTP", octet_string), 4: ("pPP", octet_string),
        5: ("ethernet", octet_string), 6: ("l2ATM2684", octet_string), 7: ("l2FR2427", octet_string)}), False)])

SIP_MESSAGE = Sequence([
    (0, "iPSourceAddress", IP_ADDRESS, False),
    (1, "iPDestinationAddress", IP_ADDRESS, False),
    (2, "sIPContent", octet_string, False)])

IP_MM_IRI = Sequence([
    (0, "iPMMIRIObjId", relative_oid, False),
    (1, "iPMMIRIContents", Choice({
        0: ("originalIPMMMessage", octet_string), 1: ("sIPMessage", SIP_MESSAGE), 5: ("iRIOnlyOriginalIPMMMessage", octet_string),
        6: ("iRIOnlySIPMessage", SIP_MESSAGE)}), False),
    (3, "additionalSignalling", SequenceOf(Choice({0: ("sipHeaderLine", octet_string)})), True)])

IP_MM_CC = Sequence([
    (0, "iPMMCCObjId", relative_oid, False),
    (1, "mMCCContents", octet_string, False),
    (2, "frameType", ENUM, True),
    (3, "streamIdentifier", octet_string, True),
    (4, "mMCCprotocol", ENUM, True)])

IRI_PAYLOAD = Sequence([
    (0, "iRIType", ENUM, True),
    (1, "timeStamp", text, True),
    (2, "iRIContents", Choice({2: ("iPIRI", IP_IRI), 6: ("l2IRI", L2_IRI), 11: ("iPMMIRI", IP_MM_IRI)}), False),
    (3, "microSecondTimeStamp", MICROSECOND_TIME, True),
    (4, "timeStampQualifier", ENUM, True),
    (5, "sessionDirection", ENUM, True),
    (6, "payloadDirection", ENUM, True)])

CC_PAYLOAD = Sequence([
    (0, "payloadDirection", ENUM, True),
    (1, "timeStamp", text, True),
    (2, "cCContents", Choice({2: ("iPCC", IP_CC), 6: ("l2CC", L2_CC), 12: ("iPMMCC", IP_MM_CC)}), False),
    (3, "microSecondTimeStamp", MICROSECOND_TIME, True),
    (4, "timeStampQualifier", ENUM, True)])

HI1_TIME = Choice({
    0: ("localTime", Sequence([(0, "generalizedTime", text, False), (1, "winterSummerIndication", ENUM, False)])),
    1: ("utcTime", text)})

HI1_NETWORK_IDENTIFIER = Sequence([(0, "operator-Identifier", octet_string, False)])

HI1_COMMUNICATION_IDENTIFIER = Sequence([
    (0, "communication-Identity-Number", octet_string, True),
    (1, "network-Identifier", HI1_NETWORK_IDENTIFIER, False)])

HI1_NOTIFICATION = Sequence([
    (0, "domainID", object_identifier, True),
    (1, "lawfulInterceptionIdentifier", octet_string, False),
    (2, "communicationIdentifier", HI1_COMMUNICATION_IDENTIFIER, True),
    (3, "timeStamp", HI1_TIME, False),
    (6, "target-Information", octet_string, True)])

HI1_ALARM = Sequence([
    (0, "domainID", object_identifier, True),
    (1, "communicationIdentifier", HI1_COMMUNICATION_IDENTIFIER, True),
    (2, "timeStamp", HI1_TIME, False),
    (3, "alarm-information", octet_string, False),
    (4, "lawfulInterceptionIdentifier", octet_string, True)])

INTEGRITY_CHECK = Sequence([
    (0, "includedSequenceNumbers", SequenceOf(integer, 0x02), False),
    (1, "checkType", ENUM, False),
    (2, "dataType", ENUM, True),
    (3, "checkValue", octet_string, False),
    (4, "hashAlgorithm", ENUM, True),
    (5, "signatureAlgorithm", ENUM, True)])

OPTIONS = SequenceOf(Choice({0: ("pDUAcknowledgement", null)}))

TRI = Choice({
    0: ("integrityCheck", INTEGRITY_CHECK), 1: ("testPDU", null), 2: ("paddingPDU", octet_string),
    3: ("keep-alive", null), 4: ("keep-aliveResponse", null), 5: ("firstSegmentFlag", null),
    6: ("lastSegmentFlag", null), 7: ("cINReset", null),
    8: ("operatorLeaMessage", Sequence([(0, "messagePriority", ENUM, False), (1, "message", octet_string, False)])),
    9: ("optionRequest", Sequence([(0, "requestedOptions", OPTIONS, False)])),
    10: ("optionResponse", Sequence([(0, "acceptedOptions", OPTIONS, False), (1, "declinedOptions", OPTIONS, False)])),
    11: ("optionComplete", null), 12: ("pDUAcknowledgementRequest", null), 13: ("pDUAcknowledgementResponse", null)})

PAYLOAD = Choice({
    0: ("iRIPayloadSequence", SequenceOf(IRI_PAYLOAD)),
    1: ("cCPayloadSequence", SequenceOf(CC_PAYLOAD)),
    2: ("tRIPayload", TRI),
    3: ("hI1-Operation", Choice({
        1: ("liActivated", HI1_NOTIFICATION), 2: ("liDeactivated", HI1_NOTIFICATION),
        3: ("liModified", HI1_NOTIFICATION), 4: ("alarms-indicator", HI1_ALARM)})),
    4: ("encryptionContainer", Sequence([
        (0, "encryptionType", ENUM, False), (1, "encryptedPayload", octet_string, False), (2, "encryptedPayloadType", ENUM, True)]))})

PS_PDU = Sequence([(1, "pSHeader", PS_HEADER, False), (2, "payload", PAYLOAD, False)])
