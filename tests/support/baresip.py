"""baresip as who calls and who is called: a softphone with a tone for a voice, without sound hardware and without a registrar."""

import json
import math
import socket
import struct
import wave
from pathlib import Path

from support.network import in_namespace
from support.process import Process
from support.tapped_wire import Host, write_files

CONTROL_PORT = 4444
SECONDS_OF_VOICE, SAMPLES_A_SECOND, TONE_HZ = 300, 8000, 440

# What a user has by default, but the sound of a file, and commands over TCP in place of a terminal.
CONFIGURATION = """poll_method epoll
sip_listen {address}
audio_source aufile,{voice}
audio_path /nonexistent
rtp_ports {first}-{last}
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


def _write_voice(path: Path) -> None:
    second = b"".join(struct.pack("<h", int(8000 * math.sin(2 * math.pi * TONE_HZ * at / SAMPLES_A_SECOND)))
                      for at in range(SAMPLES_A_SECOND))
    with wave.open(str(path), "wb") as voice:
        voice.setnchannels(1)
        voice.setsampwidth(2)
        voice.setframerate(SAMPLES_A_SECOND)
        voice.writeframes(second * SECONDS_OF_VOICE)


def bracketed(address: str) -> str:
    """As URIs have it."""
    return f"[{address}]" if ":" in address else address


class Baresip:
    """One user at one address, who answers every call at once. Ready when it is made."""

    def __init__(self, host: Host, user: str, address: str, ports: tuple[int, int] = (10000, 10100)):
        self.home = host.folder / f"baresip-{user}"
        self.home.mkdir()
        _write_voice(self.home / "voice.wav")
        text = CONFIGURATION.format(address=f"{bracketed(address)}:5060", voice=self.home / "voice.wav", first=ports[0], last=ports[1],
                                    control=CONTROL_PORT)
        account = f"<sip:{user}@{bracketed(address)}>;regint=0;answermode=auto;audio_codecs=pcma"
        write_files(self.home, {"config": [text], "accounts": [account]})
        self.process = host.start(f"baresip-{user}", "baresip", "-f", self.home)
        self.process.wait_until(lambda: "baresip is ready" in self.process.log(), f"{user}'s baresip is ready")
        self.link = in_namespace(host.namespace, lambda: socket.create_connection(("127.0.0.1", CONTROL_PORT)))
        self.link.setblocking(False)
        self.received = b""
        self.said: list[dict] = []

    def call(self, uri: str) -> None:
        self._order("dial", uri)

    def hang_up(self) -> None:
        self._order("hangup")

    def wait_for(self, event: str) -> None:
        """Until it says so: CALL_ESTABLISHED, CALL_CLOSED."""
        self.process.wait_until(lambda: any(one.get("type") == event for one in self._listen()), f"{self.process.name}: {event}")

    def close(self) -> None:
        self.link.close()

    def _order(self, command: str, parameters: str = "") -> None:
        order = json.dumps({"command": command, "params": parameters, "token": command}).encode()
        self.link.sendall(str(len(order)).encode() + b":" + order + b",")

    def _listen(self) -> list[dict]:
        """All that it has said: netstrings of JSON."""
        while True:
            try:
                more = self.link.recv(65536)
            except BlockingIOError:
                break
            if not more:
                break
            self.received += more
        while b":" in self.received:
            length, _, rest = self.received.partition(b":")
            if len(rest) <= int(length):
                break
            self.said.append(json.loads(rest[:int(length)]))
            self.received = rest[int(length) + 1:]
        return self.said
