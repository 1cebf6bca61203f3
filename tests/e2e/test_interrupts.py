"""A port with receive interrupts: an lcore without work sleeps until a frame comes, and every packet is delivered."""

import os
import socket
import unittest

from support.bench import E2eTest
from support.dataplane import SPREAD
from support.frames import ethernet, udp_packet
from support.live import PEER, TARGET

ROUNDS = 5


def need_tap() -> None:
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        raise unittest.SkipTest("no /dev/net/tun")
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    except PermissionError as error:
        raise unittest.SkipTest("needs NET_RAW to send out of a TAP interface") from error


class Interrupts(E2eTest):
    def setUp(self) -> None:
        need_tap()
        super().setUp()
        self.interface = f"lt{os.getpid() % 1000000}e"

    def delivered_after_each_sleep(self, sleeps: bool, interrupts: str = "auto", **settings) -> None:
        """One packet after the other, each sent when the lcore sleeps again."""
        self.lictord.start()
        lemf = self.lemf()
        self.agency("lea", lemf)
        port = {"name": "tap0", "device": f"net_tap0,iface={self.interface}", "interrupts": interrupts}
        dataplane = self.dataplane([port], idle={"interrupt_wait_ms": 1000}, buffers={"frame_bytes_max": 1500}, **settings)
        dataplane.start()
        dataplane.wait_statistics(lambda now: now["ports"][0]["link_up"], "the port is up")
        self.active_warrant("lea", "LIID-TAP", [f"ipv4:{TARGET}"], content="cc")
        packets = [udp_packet(TARGET, PEER, bytes([number]) * 100) for number in range(ROUNDS)]
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
            sender.bind((self.interface, 0))
            for count, packet in enumerate(packets, 1):
                waits = dataplane.statistics()["interrupt_waits"]
                if sleeps:
                    dataplane.wait_statistics(lambda now, before=waits: now["interrupt_waits"] > before, "the lcore sleeps")
                sender.send(ethernet(packet))
                dataplane.wait_statistics(lambda now, all_of=count: now["packets"]["matched"] == all_of, "it is copied")
        dataplane.wait_delivered()
        statistics = dataplane.stop()
        self.assertEqual(lemf.stop(), 0)
        self.assertEqual([one.packet for one in lemf.contents()], packets)
        self.assertEqual(statistics["interrupt_waits"] > 0, sleeps)

    def test_each_packet_wakes_the_lcore_and_is_delivered(self):
        self.delivered_after_each_sleep(True)

    def test_the_same_where_a_spreader_receives(self):
        self.delivered_after_each_sleep(True, **SPREAD)

    def test_without_them_the_lcore_sleeps_in_steps(self):
        self.delivered_after_each_sleep(False, interrupts="off")
