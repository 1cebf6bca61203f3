#!/usr/bin/python3
"""Sends numbered, time-stamped UDP packets out of an interface, at a steady rate or as fast as it can.

    send_frames.py --interface IF --source A --destination B --log FILE [--rate PPS] [--count N] [--payload BYTES]

Every payload begins with its number and the host's clock in nanoseconds just before sending, both 64 bits. Ends after N
packets or on SIGTERM, and only then writes FILE: 16 octets a packet that the interface took, the same two numbers.
"""

import argparse
import os
import signal
import socket
import struct
import sys
import time

from frames import ethernet, udp_packet


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--interface", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--destination", required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--rate", type=int, default=0)
    parser.add_argument("--count", type=int, default=0)
    parser.add_argument("--payload", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="the first packet's number")
    return parser.parse_args()


def send_all(options: argparse.Namespace, wanted) -> list[bytes]:
    """Sends until `wanted()` says no; the stamps of what was sent."""
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    link.bind((options.interface, 0))
    # The headers do not change (the UDP checksum over IPv4 is left out), so that a packet costs a patch and a send.
    plain = ethernet(udp_packet(options.source, options.destination, bytes(options.payload)))
    at = plain.index(bytes(options.payload))
    head, tail = plain[:at - 2] + b"\0\0", plain[at + 16:]
    period = 1 / options.rate if options.rate else 0
    sent, number, due = [], options.first, time.monotonic()
    while wanted(len(sent)):
        stamp = struct.pack(">QQ", number, time.time_ns())
        number += 1
        try:
            link.send(head + stamp + tail)
        except OSError:  # ENOBUFS: the queue is full; this number was never sent
            continue
        sent.append(stamp)
        if period:
            due += period
            time.sleep(max(0.0, due - time.monotonic()))
    return sent


def main() -> int:
    options = arguments()
    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    sent = send_all(options, lambda count: not stopped and (not options.count or count < options.count))
    with open(options.log + ".new", "wb") as log:
        log.write(b"".join(sent))
    os.rename(options.log + ".new", options.log)
    return 0


if __name__ == "__main__":
    sys.exit(main())
