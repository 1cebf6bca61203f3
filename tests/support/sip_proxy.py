"""Kamailio as a proxy that stays in the way of its calls, and rtpengine as the relay of their media, at one address."""

from support.process import Process
from support.tapped_wire import Host, write_files

CONTROL_PORT = 2223


def _proxy_configuration(address: str, next_hop: str) -> str:
    return f"""#!KAMAILIO
debug=1
fork=yes
children=1
tcp_children=1
listen=udp:{address}:5060
alias="{address}"
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "rtpengine.so"
modparam("rtpengine", "rtpengine_sock", "udp:127.0.0.1:{CONTROL_PORT}")
request_route {{
  if (has_totag()) {{
    loose_route();
  }} else {{
    record_route();
    $du = "sip:{next_hop}:5060";
  }}
  if (is_method("INVITE")) rtpengine_offer("replace-origin");
  if (is_method("BYE")) rtpengine_delete();
  t_on_reply("ANSWERS");
  t_relay();
}}
onreply_route[ANSWERS] {{
  if (has_body("application/sdp")) rtpengine_answer("replace-origin");
}}
"""


def media_relay(host: Host, address: str) -> Process:
    """Ready when this returns."""
    program = host.start("rtpengine", "rtpengine", f"--interface={address}", f"--listen-ng=127.0.0.1:{CONTROL_PORT}", "--table=-1", "--foreground",
                         "--log-stderr", "--port-min=30000", "--port-max=30100", "--num-threads=1",
                         f"--pidfile={host.folder}/rtpengine.pid")
    program.wait_until(lambda: host.run("ss", "-Hlnu", f"sport = :{CONTROL_PORT}").stdout, "rtpengine listens")
    return program


def proxy(host: Host, address: str, next_hop: str) -> Process:
    """Every call goes to `next_hop`. Ready when this returns."""
    write_files(host.folder, {"kamailio.cfg": [_proxy_configuration(address, next_hop)]})
    program = host.start("kamailio", "kamailio", "-f", host.folder / "kamailio.cfg", "-DD", "-E", "-m", "32", "-M", "4",
                         "-Y", host.folder, "-P", host.folder / "kamailio.pid")
    program.wait_until(lambda: host.run("ss", "-Hlnu", "sport = :5060").stdout, "kamailio listens")
    return program
