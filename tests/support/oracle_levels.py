"""The IP levels of a frame, outermost first, in plain Python: the parser's promises written a second time on purpose.

What is damaged before the first level gives the frame's reason to be dropped; damage inside leaves the levels around it.
"""

import struct

from support.oracle_octets import (
    ETHERTYPE_IPV4, ETHERTYPE_IPV6, ETHERTYPE_NSH, ETHERTYPE_PPPOE, ETHERTYPES_MPLS, SNAP_HEADER, TAG_TYPES, TAGS_MAX, integer,
    is_ppp_with_ip, is_surely_ipv4, is_surely_ipv6, jumbo_length, leads_to_ip, ppp_protocol)
from support.oracle_view import Context, Levels, View

LABELS_MAX = 16
LEVELS_MAX = 4
HEADERS_MAX = 24
CHAIN_MAX = 8          # extension headers of IPv6 and of GTP-U, routes of GRE
EXTENSIONS = {0, 43, 44, 51, 60, 135}

NONE: frozenset[str] = frozenset()
ALL = frozenset({"mpls", "pseudowire", "pppoe", "gre", "erspan", "nvgre", "ip_in_ip", "vxlan", "geneve", "gtp_u", "l2tp", "vxlan_gpe",
                 "nsh"})


class _Stop(Exception):
    """What stands here cannot be read."""


class _TooDeep(Exception):
    """More than is looked at."""


def levels_of(octets: bytes, trust: frozenset[str] = NONE) -> Levels:
    walk = _Walk(trust)
    damaged, reason = False, None
    try:
        walk.ethernet(octets, Context())
    except _Stop as stop:
        damaged, reason = bool(walk.views), str(stop)
    except _TooDeep:
        walk.too_deep, reason = bool(walk.views), "too_many_headers"
    return Levels(walk.views, None if walk.views else reason, damaged, walk.too_deep)


def _need(octets: bytes, size: int) -> None:
    if len(octets) < size:
        raise _Stop("truncated")


class _Walk:
    """Each method reads one header at the front of `octets`, which end with the packet around."""

    def __init__(self, trust: frozenset[str]):
        self.trust = trust
        self.views: list[View] = []
        self.too_deep = False
        self.headers = 0

    def _count(self) -> None:
        self.headers += 1
        if self.headers > HEADERS_MAX:
            raise _TooDeep

    def ethernet(self, octets: bytes, context: Context) -> None:
        self._count()
        _need(octets, 14)
        kind, at, vlans = integer(octets, 12, 2), 14, []
        while kind in TAG_TYPES:
            if len(vlans) == TAGS_MAX:
                raise _Stop("too_many_tags")
            _need(octets, at + 4)
            tag, kind = struct.unpack_from(">HH", octets, at)
            vlans.append(tag & 0x0FFF)
            at += 4
        if kind <= 1500:
            if octets[at:at + 6] != SNAP_HEADER or len(octets) < at + 8:
                return
            kind = integer(octets, at + 6, 2)
            at += 8
        self.ether_type(kind, octets[at:], context._replace(vlans=tuple(vlans)))

    def ether_type(self, kind: int, octets: bytes, context: Context) -> None:
        if kind == ETHERTYPE_IPV4:
            self.ipv4(octets, context)
        elif kind == ETHERTYPE_IPV6:
            self.ipv6(octets, context)
        elif kind in ETHERTYPES_MPLS and self.trust & {"mpls", "pseudowire"}:
            self.mpls(octets, context)
        elif kind == ETHERTYPE_PPPOE and "pppoe" in self.trust:
            self.pppoe(octets, context)
        elif kind == ETHERTYPE_NSH and "nsh" in self.trust:
            self.nsh(octets, context)

    def ipv4(self, octets: bytes, context: Context) -> None:
        self._count()
        if octets and octets[0] >> 4 != 4:
            raise _Stop("bad_version")
        _need(octets, 20)
        header, total, fragment = (octets[0] & 15) * 4, integer(octets, 2, 2), integer(octets, 6, 2) & 0x1FFF
        if header < 20:
            raise _Stop("bad_header_length")
        if 0 < total < header:
            raise _Stop("bad_total_length")
        total = total or len(octets)  # segmentation off-load leaves it to the card
        source, destination = struct.unpack_from(">II", octets, 12)
        self.views.append(View(4, source, destination, octets[:total], total, context))
        if not fragment and len(octets[:total]) >= header:
            self.upper(octets[9], octets[header:total], {51}, context)

    def ipv6(self, octets: bytes, context: Context) -> None:
        self._count()
        if octets and octets[0] >> 4 != 6:
            raise _Stop("bad_version")
        _need(octets, 40)
        length = integer(octets, 4, 2)
        if length == 0 and octets[6] == 0:
            length = jumbo_length(octets)
        source, destination = integer(octets, 8, 16), integer(octets, 24, 16)
        self.views.append(View(6, source, destination, octets[:40 + length], 40 + length, context))
        self.upper(octets[6], octets[40:40 + length], EXTENSIONS, context)

    def upper(self, protocol: int, octets: bytes, extensions: set[int], context: Context) -> None:
        """What stands behind the IP header: extension headers, then a transport or the next level."""
        followed = 0
        while protocol in extensions:
            if followed == CHAIN_MAX:
                self.too_deep = True
                return
            size = 8
            if len(octets) >= 2 and protocol != 44:
                size = octets[1] * 4 + 8 if protocol == 51 else octets[1] * 8 + 8
            if len(octets) < size or (protocol == 44 and integer(octets, 2, 2) >> 3):
                return
            protocol, octets = octets[0], octets[size:]
            followed += 1
        if self.trust:
            self.inside(protocol, octets, context)

    def inside(self, protocol: int, octets: bytes, context: Context) -> None:
        enter = {4: self.ipv4, 41: self.ipv6, 47: self.gre, 115: self.l2tp_ip, 137: self.mpls}.get(protocol)
        needed = {4: {"ip_in_ip"}, 41: {"ip_in_ip"}, 47: {"gre", "erspan", "nvgre"}, 115: {"l2tp"},
                  137: {"mpls", "pseudowire"}}.get(protocol, set())
        is_udp = protocol == 17 and len(octets) >= 4
        if is_udp:
            enter = self.udp_tunnel(*struct.unpack_from(">HH", octets))
        if not enter or not (is_udp or self.trust & needed):
            return
        if len(self.views) == LEVELS_MAX:
            raise _TooDeep
        if is_udp:
            _need(octets, 8)
        enter(octets[8:] if is_udp else octets, context)

    def udp_tunnel(self, source: int, destination: int):
        for name, port, enter in (("gtp_u", 2152, self.gtp_u), ("vxlan", 4789, self.vxlan), ("geneve", 6081, self.geneve),
                                  ("vxlan_gpe", 4790, self.vxlan_gpe)):
            if destination == port and name in self.trust:
                return enter
        if destination == 6635 and self.trust & {"mpls", "pseudowire"}:
            return self.mpls
        return self.l2tp_udp if 1701 in (source, destination) and "l2tp" in self.trust else None

    def mpls(self, octets: bytes, context: Context) -> None:
        self._count()
        is_hash = False
        for _ in range(LABELS_MAX):
            _need(octets, 4)
            entry, octets = integer(octets, 0, 4), octets[4:]
            label = entry >> 12
            if not is_hash and label != 7:
                context = context._replace(label=label)
            is_hash = not is_hash and label == 7  # an entropy label follows
            if entry & 0x100:
                return self.under_labels(octets, context)
        raise _TooDeep

    def under_labels(self, octets: bytes, context: Context) -> None:
        if not octets:
            return
        nibble, enter = octets[0] >> 4, None
        bare = leads_to_ip(octets)
        behind_word = nibble == 0 and leads_to_ip(octets[4:])
        if is_surely_ipv4(octets):
            enter = self.ipv4
        elif is_surely_ipv6(octets):
            enter = self.ipv6
        elif behind_word and (not bare or octets[:4] == bytes(4)):
            enter, octets = self.ethernet, octets[4:]
        elif bare:
            enter = self.ethernet
        else:
            enter = {4: self.ipv4, 6: self.ipv6}.get(nibble)
        if enter and ("pseudowire" if enter == self.ethernet else "mpls") in self.trust:
            enter(octets, context)

    def pppoe(self, octets: bytes, context: Context) -> None:
        self._count()
        _need(octets, 6)
        if octets[:2] == b"\x11\x00":
            self.ppp(octets[6:6 + integer(octets, 4, 2)], context)

    def ppp(self, octets: bytes, context: Context) -> None:
        self._count()
        found = ppp_protocol(octets)
        if not found:
            raise _Stop("truncated")
        protocol, octets = found
        if protocol == 0x21:
            self.ipv4(octets, context)
        elif protocol == 0x57:
            self.ipv6(octets, context)
        elif protocol in (0x281, 0x283) and self.trust & {"mpls", "pseudowire"}:
            self.mpls(octets, context)

    def l2tp_udp(self, octets: bytes, context: Context) -> None:
        self._count()
        _need(octets, 2)
        flags = integer(octets, 0, 2)
        if flags & 0x8000:
            return
        if flags & 15 == 3:
            _need(octets, 8)
            self.l2tp_session(octets[8:], context)
        elif flags & 15 == 2:
            at = 6 + 2 * bool(flags & 0x4000) + 4 * bool(flags & 0x0800)
            if flags & 0x0200:
                _need(octets, at + 2)
                at += 2 + integer(octets, at, 2)
            _need(octets, at)
            length = integer(octets, 2, 2) if flags & 0x4000 else len(octets)
            if length < at:
                raise _Stop("bad_total_length")
            self.ppp(octets[at:length], context)

    def l2tp_ip(self, octets: bytes, context: Context) -> None:
        self._count()
        _need(octets, 4)
        if integer(octets, 0, 4):
            self.l2tp_session(octets[4:], context)

    def l2tp_session(self, octets: bytes, context: Context) -> None:
        """Without a cookie, with or without the default sublayer."""
        for inner in (octets, octets[4:]):
            if leads_to_ip(inner):
                return self.ethernet(inner, context)
            if is_ppp_with_ip(inner):
                return self.ppp(inner, context)

    def gre(self, octets: bytes, context: Context) -> None:
        self._count()
        _need(octets, 4)
        flags, kind = struct.unpack_from(">HH", octets)
        version = flags & 7
        if version > 1:
            return
        at = 8 if version == 0 and flags & 0xC000 else 4
        key = octets[at:at + 4] if flags & 0x2000 else b""
        at += 4 * bool(flags & 0x2000) + 4 * bool(flags & 0x1000) + 4 * bool(version == 1 and flags & 0x80)
        _need(octets, at)
        if version == 0 and flags & 0x4000:
            at = self.behind_routes(octets, at)
        if version == 1 and not flags & 0x1000:
            return
        octets = octets[at:]
        if kind in (0x88BE, 0x22EB):
            if "erspan" in self.trust:
                self.erspan(octets, context, has_header=kind == 0x22EB or bool(flags & 0x1000))
        elif kind == 0x6558 and flags & 0xF000 == 0x2000 and "nvgre" in self.trust:
            self.ethernet(octets, context._replace(vni=integer(key, 0, 3)))
        elif "gre" in self.trust:
            self.bridged_or_not(kind, octets, context)

    def behind_routes(self, octets: bytes, at: int) -> int:
        for _ in range(CHAIN_MAX):
            _need(octets, at + 4)
            last = octets[at:at + 2] == b"\0\0" and octets[at + 3] == 0
            at += 4 + octets[at + 3]
            _need(octets, at)
            if last:
                return at
        raise _TooDeep

    def bridged_or_not(self, kind: int, octets: bytes, context: Context) -> None:
        """In GRE and Geneve an EtherType can be Ethernet's own, in GRE that of PPP, too."""
        if kind == 0x6558:
            self.ethernet(octets, context)
        elif kind == 0x880B:
            self.ppp(octets, context)
        else:
            self.ether_type(kind, octets, context)

    def erspan(self, octets: bytes, context: Context, has_header: bool) -> None:
        if not has_header:
            return self.ethernet(octets, context)
        _need(octets, 8)
        version = octets[0] >> 4
        if version == 1:
            return self.ethernet(octets[8:], context)
        if version != 2:
            return None
        _need(octets, 12)
        kind, size = octets[10] >> 2 & 31, 20 if octets[11] & 1 else 12
        _need(octets, size)
        octets = octets[size:]
        if kind == 2 and octets:
            return (self.ipv6 if octets[0] >> 4 == 6 else self.ipv4)(octets, context)
        return self.ethernet(octets, context) if kind in (0, 2) else None

    def vxlan(self, octets: bytes, context: Context) -> None:
        self._count()
        _need(octets, 8)
        if octets[0] & 8:
            self.ethernet(octets[8:], context._replace(vni=integer(octets, 4, 3)))

    def vxlan_gpe(self, octets: bytes, context: Context) -> None:
        self._count()
        _need(octets, 8)
        flags, context = octets[0], context._replace(vni=integer(octets, 4, 3))
        if flags & 0x39 != 8:  # a version, OAM, or no VNI
            return None
        return self.service(octets[3], octets[8:], context) if flags & 4 else self.ethernet(octets[8:], context)

    def nsh(self, octets: bytes, context: Context) -> None:
        self._count()
        _need(octets, 4)
        size = (octets[1] & 63) * 4
        if octets[0] & 0xE0:  # a version, or OAM
            return
        if size < 8:
            raise _Stop("bad_header_length")
        _need(octets, size)
        self.service(octets[3], octets[size:], context)

    def service(self, protocol: int, octets: bytes, context: Context) -> None:
        """A next protocol that NSH and VXLAN-GPE have in common."""
        needed = {4: {"nsh"}, 5: {"mpls", "pseudowire"}}.get(protocol)
        enter = {1: self.ipv4, 2: self.ipv6, 3: self.ethernet, 4: self.nsh, 5: self.mpls}.get(protocol)
        if enter and (needed is None or self.trust & needed):
            enter(octets, context)

    def geneve(self, octets: bytes, context: Context) -> None:
        self._count()
        _need(octets, 8)
        _need(octets, 8 + (octets[0] & 63) * 4)
        if octets[0] >> 6 == 0:
            kind, octets, context = integer(octets, 2, 2), octets[8 + octets[0] * 4:], context._replace(vni=integer(octets, 4, 3))
            if kind != 0x880B:
                self.bridged_or_not(kind, octets, context)

    def gtp_u(self, octets: bytes, context: Context) -> None:
        self._count()
        _need(octets, 8)
        flags, message, length, teid = struct.unpack_from(">BBHI", octets)
        if flags >> 4 != 3 or message != 255:
            return
        octets = octets[8:8 + length]
        if flags & 7:
            _need(octets, 4)
            following, octets = octets[3] if flags & 4 else 0, octets[4:]
            for _ in range(CHAIN_MAX):
                if not following:
                    break
                _need(octets, 1)
                size = octets[0] * 4
                if size == 0:
                    raise _Stop("bad_header_length")
                _need(octets, size)
                following, octets = octets[size - 1], octets[size:]
            if following:
                raise _TooDeep
        _need(octets, 1)
        enter = {4: self.ipv4, 6: self.ipv6}.get(octets[0] >> 4)
        if not is_surely_ipv4(octets) and not is_surely_ipv6(octets) and leads_to_ip(octets):
            enter = self.ethernet
        if enter:
            enter(octets, context._replace(teid=teid))
