"""sipp as who is called and who calls, with media."""

from pathlib import Path

from support.process import Process
from support.tapped_wire import Host

MEDIA_PORT = 6000  # of whoever answers: one for all his calls
TALK_MS, SILENCE_MS = 1500, 300

# Media begin behind the ACK and pause before the BYE: what is under way then belongs to no call.
CALLER = """<?xml version="1.0" encoding="ISO-8859-1"?>
<scenario name="caller">
  <send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:alice@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:alice@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=alice 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
]]></send>
  <recv response="100" optional="true"/>
  <recv response="180" optional="true"/>
  <recv response="200" rrs="true"/>
  <send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:alice@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
  <nop><action><exec rtp_stream="{voice},-1,8"/></action></nop>
  <pause milliseconds="{talk}"/>
  <nop><action><exec rtp_stream="pause"/></action></nop>
  <pause milliseconds="{silence}"/>
  <send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:alice@[local_ip]:[local_port]>;tag=[pid]c[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
  <recv response="200"/>
</scenario>
"""


def _host_and_port(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


class Sipp:
    """`transport` as sipp names it: u1, t1."""

    def __init__(self, server: Host, transport: str):
        self.server = server
        self.transport = transport
        voice = server.folder / "voice.alaw"
        voice.write_bytes(bytes(range(256)) * 32)
        self.scenario = server.folder / "caller.xml"
        self.scenario.write_text(CALLER.format(voice=voice, talk=TALK_MS, silence=SILENCE_MS), encoding="latin-1")

    def answer(self, address: str) -> Process:
        """It answers calls when this returns."""
        program = self.server.start("sipp-answers", "sipp", "-sn", "uas", "-rtp_echo", "-mp", str(MEDIA_PORT), "-i", address, "-mi", address,
                                 "-p", "5060", "-t", self.transport, "-nostdin")
        program.wait_until(lambda: self.server.run("ss", "-Hlntu", "sport = :5060").stdout, "sipp listens")
        return program

    def call(self, host: Host, address: str, server: str, called: str) -> Process:
        """One call to `called` at the server."""
        return host.start(f"sipp-calls-{called}", "sipp", "-sf", str(self.scenario), "-s", called, "-i", address, "-mi", address, "-p", "5070",
                          "-t", self.transport, "-m", "1", "-nostdin", _host_and_port(server, 5060))
