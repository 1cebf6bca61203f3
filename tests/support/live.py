"""The base of tests on a live port: an AF_XDP port on one end of a veth pair, senders on the other."""

import struct

from support.bench import E2eTest
from support.dataplane import Dataplane, live_port
from support.delivered import Content
from support.environment import need_af_xdp, need_namespaces
from support.network import Sender, VethPair

TARGET = "192.0.2.7"
PEER = "198.51.100.9"
UDP_PAYLOAD_AT = 28  # behind an IPv4 header without options and a UDP header


class LiveTest(E2eTest):
    def setUp(self) -> None:
        need_namespaces()
        need_af_xdp()
        super().setUp()
        self.pair = VethPair()
        self.addCleanup(self.pair.remove)

    def live_dataplane(self, element: str = "NE-1", **settings) -> Dataplane:
        """Attached, and its port polled."""
        dataplane = self.dataplane([live_port(self.pair.near)], element, **settings).start()
        dataplane.wait_statistics(lambda statistics: statistics["ports"][0]["link_up"], "the port is up")
        return dataplane

    def sender(self, name: str = "sender", source: str = TARGET, **options: int) -> Sender:
        """Sends from the target, or another source, to the peer."""
        return self._own(Sender(self.pair, self.folder, name, source, PEER, **options))


def stamp_of(content: Content) -> tuple[int, int]:
    """(number, time of sending in nanoseconds) of a packet of send_frames.py."""
    return struct.unpack_from(">QQ", content.packet, UDP_PAYLOAD_AT)


def numbers_of(contents: list[Content]) -> list[int]:
    return [stamp_of(content)[0] for content in contents]
