"""Somebody between lictord and a dataplane: relays Fleet.Attach on a socket of its own, and may change what comes down."""

import queue
import threading
from concurrent import futures
from pathlib import Path
from typing import Callable, Iterable

from support.grpc_client import Client

STREAMS_MAX = 16


class Relay:
    """`tamper(messages)` is what the dataplane gets in place of each message of lictord; faithful until it is set."""

    def __init__(self, folder: Path, client: Client):
        self.client = client
        self.pb = client.fleet
        self.address = f"unix:{folder / 'relay.sock'}"
        self.tamper: Callable[[object], Iterable[object]] = lambda message: [message]
        self.directives: list = []  # every SignedDirective that lictord sent, in its order
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
                    up.put(request)
            except Exception:  # pylint: disable=broad-except
                pass  # the dataplane hung up: grpc says so with an exception that has no public name
            up.put(None)

        threading.Thread(target=read, daemon=True).start()
        stream = self.client.fleets.Attach(iter(up.get, None))
        context.add_callback(stream.cancel)
        try:
            for message in stream:
                if message.WhichOneof("kind") == "directive":
                    self.directives.append(message.directive)
                yield from self.tamper(message)
        except self.client.grpc.RpcError:
            return

    def stop(self) -> None:
        self.server.stop(None).wait()
