"""Somebody between lictord and a dataplane: relays Fleet.Attach on a socket of its own, and may change what comes down."""

import queue
import threading
from concurrent import futures
from pathlib import Path
from typing import Callable, Iterable

from support.grpc_client import Client

STREAMS_MAX = 16


def carries_directives(message) -> bool:
    return message.WhichOneof("kind") in ("directive", "directives")


def replace_octets(message, before: bytes, after: bytes) -> None:
    """In every directive that the message carries."""
    if message.WhichOneof("kind") == "directive":
        message.directive.directive = message.directive.directive.replace(before, after)
    for number, octets in enumerate(message.directives.directives):
        message.directives.directives[number] = octets.replace(before, after)


class Relay:
    """`tamper(messages)` is what the dataplane gets in place of each message of lictord; faithful until it is set.
    `batches`: else directives come one by one, as to a dataplane of before there were batches."""

    def __init__(self, folder: Path, client: Client, batches: bool = True):
        self.client = client
        self.batches = batches
        self.pb = client.fleet
        self.address = f"unix:{folder / 'relay.sock'}"
        self.tamper: Callable[[object], Iterable[object]] = lambda message: [message]
        self.told: list = []  # every message with directives that lictord sent, in its order
        relay = self

        class Service(client.services("fleet").FleetServiceServicer):
            def Attach(self, request_iterator, context):  # pylint: disable=invalid-name
                return relay._relay(request_iterator, context)

        self.server = client.grpc.server(futures.ThreadPoolExecutor(max_workers=STREAMS_MAX))
        client.services("fleet").add_FleetServiceServicer_to_server(Service(), self.server)
        self.server.add_insecure_port(self.address)
        self.server.start()

    def _relay(self, requests, context):
        up: queue.Queue = queue.Queue()

        def read() -> None:
            try:
                for request in requests:
                    if request.WhichOneof("kind") == "hello" and not self.batches:
                        request.hello.takes_batches = False
                    up.put(request)
            except Exception:  # pylint: disable=broad-except
                pass  # the dataplane hung up: grpc says so with an exception that has no public name
            up.put(None)

        threading.Thread(target=read, daemon=True).start()
        stream = self.client.fleets.Attach(iter(up.get, None))
        context.add_callback(stream.cancel)
        try:
            for message in stream:
                if carries_directives(message):
                    self.told.append(self.pb.ControlMessage.FromString(message.SerializeToString()))
                yield from self.tamper(message)
        except self.client.grpc.RpcError:
            return

    def stop(self) -> None:
        self.server.stop(None).wait()
