"""A bad line between a sender and a receiver: it stops and goes, trickles, breaks off and is reset, as chance will have it.
Octets that arrive are the ones that were sent, in order; what is on the way when it breaks is gone, acknowledged or not."""

import random
import select
import socket
import struct
import threading
import time

OCTETS_MAX = 1 << 16
LINGER_RESET = struct.pack("ii", 1, 0)  # close() sends a reset


class Chaos:
    """Listens, and passes on to `port` of this host; a connection breaks before `breaks_within` octets have passed, of both ways
    together. calm() ends the bad weather for connections from then on and those that are."""

    def __init__(self, port: int, seed: int, breaks_within: int = 1 << 20):
        self.to = port
        self.breaks_within = breaks_within
        self.chance = random.Random(seed)
        self.is_calm = self.is_over = False
        self.broken = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def calm(self) -> None:
        self.is_calm = True

    def close(self) -> None:
        self.is_over = True
        self.server.close()
        self.thread.join(10)

    def _accept(self) -> None:
        while not self.is_over:
            try:
                if not select.select([self.server], [], [], 0.05)[0]:
                    continue
                near, _ = self.server.accept()
            except (OSError, ValueError):
                return
            self._pass_on(near)  # one connection at a time: the next waits to be accepted, as at a busy receiver

    def _pass_on(self, near: socket.socket) -> None:
        far = None
        try:
            far = socket.create_connection(("127.0.0.1", self.to), 5)
            breaks_at = self.chance.randrange(1, self.breaks_within)
            passed = 0
            while not self.is_over:
                if not self.is_calm and passed >= breaks_at:
                    self.broken += 1
                    return
                readable = select.select([near, far], [], [], 0.05)[0]
                for one, other in ((near, far), (far, near)):
                    if one in readable:
                        octets = one.recv(OCTETS_MAX if self.is_calm else self.chance.choice((1, 100, 1500, OCTETS_MAX)))
                        if not octets:
                            return
                        other.sendall(octets)
                        passed += len(octets)
                if not self.is_calm and self.chance.random() < 0.01:
                    time.sleep(self.chance.random() * 0.1)
        except OSError:
            return
        finally:
            self._end(near)
            if far is not None:
                self._end(far)

    def _end(self, one: socket.socket) -> None:
        if not self.is_calm and self.chance.random() < 0.5:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
        one.close()
