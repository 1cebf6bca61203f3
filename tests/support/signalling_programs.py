"""FreeRADIUS, Kea and ISC's and BusyBox's DHCP as fixtures: their configurations, made to order, and their starts. A test in
which one is missing skips."""

import json
import shutil
import unittest
from pathlib import Path

from support.process import Process
from support.tapped_wire import Host, write_files
from support.waiting import wait_for

DICTIONARIES = Path("/usr/share/freeradius")

# What a DHCP client's program calls: the address goes to the interface, or from it, and nothing else of the machine changes.
DHCLIENT_SCRIPT = """#!/bin/sh
case $reason in
  BOUND|RENEW|REBIND|REBOOT) ip address replace "$new_ip_address/24" dev "$interface" ;;
  RELEASE|EXPIRE|STOP|FAIL) ip -4 address flush dev "$interface" ;;
  BOUND6|RENEW6|REBIND6) [ -z "$new_ip6_address" ] || ip address replace "$new_ip6_address/64" dev "$interface" ;;
  RELEASE6|EXPIRE6|STOP6|DEPREF6) [ -z "$old_ip6_address" ] || ip address delete "$old_ip6_address/64" dev "$interface" ;;
esac
exit 0
"""
UDHCPC_SCRIPT = """#!/bin/sh
case $1 in
  bound|renew) ip address replace "$ip/24" dev "$interface"; [ -z "$router" ] || ip route replace default via "$router" ;;
  deconfig) ip -4 address flush dev "$interface" ;;
esac
exit 0
"""


def need_programs(*names: str) -> None:
    missing = [name for name in names if not shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")]
    if missing:
        raise unittest.SkipTest(f"needs {', '.join(missing)}: scripts/setup installs them")


def freeradius(host: Host, address: str, client: str, secret: str, users: list[str]) -> Process:
    """Its access and accounting server; `users` are lines of a users file."""
    write_files(host.folder, {"users": users, "radiusd.conf": f"""
prefix = /usr
name = freeradius
libdir = /usr/lib/freeradius
run_dir = {host.folder}
security {{
  status_server = no
  reject_delay = 0
}}
proxy_requests = no
client access {{
  ipaddr = {client}
  secret = "{secret}"
}}
modules {{
  files {{
    usersfile = {host.folder}/users
  }}
  pap {{
  }}
  always ok {{
    rcode = ok
  }}
}}
server subscribers {{
  listen {{
    type = auth
    ipaddr = {address}
    port = 1812
  }}
  listen {{
    type = acct
    ipaddr = {address}
    port = 1813
  }}
  authorize {{
    files
    pap
  }}
  authenticate {{
    Auth-Type PAP {{
      pap
    }}
  }}
  accounting {{
    ok
  }}
}}
""".splitlines()})
    server = host.start("freeradius", "freeradius", "-f", "-d", host.folder, "-D", DICTIONARIES, "-l", "stdout")
    server.wait_until(lambda: "Ready to process requests" in server.log(), "freeradius is ready")
    return server


def kea(host: Host, version: int, interface: str, subnet: dict, seconds: int, renew_s: int) -> Process:
    """One subnet; leases last `seconds` and are renewed after `renew_s`."""
    settings = {"interfaces-config": {"interfaces": [interface]}, "lease-database": {"type": "memfile", "persist": False},
                "valid-lifetime": seconds, "renew-timer": renew_s, "rebind-timer": seconds - 1, f"subnet{version}": [subnet],
                "loggers": [{"name": f"kea-dhcp{version}", "output_options": [{"output": "stdout"}], "severity": "INFO"}]}
    if version == 6:
        settings |= {"preferred-lifetime": seconds, "server-id": {"type": "LL", "persist": False}}
    path = host.folder / f"kea{version}.json"
    path.write_text(json.dumps({f"Dhcp{version}": settings}), encoding="utf-8")
    server = host.start(f"kea{version}", "env", f"KEA_LOCKFILE_DIR={host.folder}", f"KEA_PIDFILE_DIR={host.folder}",
                        f"kea-dhcp{version}", "-c", path)
    server.wait_until(lambda: f"DHCP{version}_STARTED" in server.log(), "kea is ready")
    return server


def isc_server(host: Host, interface: str, lines: list[str]) -> Process:
    write_files(host.folder, {"dhcpd.conf": ["authoritative;", *lines], "dhcpd.leases": []})
    server = host.start("dhcpd", "dhcpd", "-4", "-f", "-d", "-cf", host.folder / "dhcpd.conf", "-lf", host.folder / "dhcpd.leases",
                        "--no-pid", interface)
    server.wait_until(lambda: "Server starting service" in server.log(), "dhcpd is ready")
    return server


def isc_relay(host: Host, clients: str, servers: str, server: str) -> Process:
    """Puts the name of the interface `clients` into option 82."""
    relay = host.start("dhcrelay", "dhcrelay", "-4", "-d", "--no-pid", "-a", "-id", clients, "-iu", servers, server)
    relay.wait_until(lambda: relay.log().count("Sending on") >= 3, "dhcrelay is ready")
    return relay


class Dhclient:
    """ISC's client of either version. The address is where its script put it."""

    def __init__(self, host: Host, interface: str, version: int, options: tuple = (), lines: tuple = ()):
        self.host = host
        files = {"dhclient.conf": lines, "dhclient.sh": DHCLIENT_SCRIPT.splitlines(), "dhclient.leases": []}
        write_files(host.folder, files)
        self._command = ["dhclient", f"-{version}", "-d", "-cf", host.folder / "dhclient.conf", "-lf", host.folder / "dhclient.leases",
                         "-pf", host.folder / "dhclient.pid", "-sf", host.folder / "dhclient.sh", *options]
        self._interface = interface
        self.process = host.start("dhclient", *self._command, interface)

    def release(self) -> None:
        done = self.host.run(*self._command, "-r", self._interface)
        if done.returncode:
            raise AssertionError(f"dhclient -r ended with {done.returncode}\n{done.stdout}")


def udhcpc(host: Host, interface: str) -> Process:
    """SIGUSR1 renews its lease, SIGUSR2 releases it."""
    write_files(host.folder, {"udhcpc.sh": UDHCPC_SCRIPT.splitlines()})
    return host.start("udhcpc", "busybox", "udhcpc", "-f", "-t", "20", "-T", "1", "-i", interface, "-s", host.folder / "udhcpc.sh")


def wait_address(host: Host, interface: str, address: str) -> None:
    wait_for(lambda: address in host.addresses(interface), "the client has its address",
             detail=lambda: "\n".join(program.log_tail() for program in host.programs))
