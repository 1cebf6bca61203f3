// The configuration of session lcores: whose signalling is read, and what it may cost. Read once at start by the main
// thread.
//
//   lcores = { rx = [1]; sessions = [2]; encoders = [3]; };
//   signalling = {
//     sets = ( { name = "access";
//                radius = { servers = ["198.51.100.1"];
//                           clients = ( { addresses = "203.0.113.0/24"; secret = "/etc/lictor/radius"; } ); };
//                dhcp4 = { servers = ["198.51.100.2"]; relays = ["203.0.113.1"]; }; },
//              { name = "calls";
//                sip = { servers = ["198.51.100.7"]; trusted = ["198.51.100.0/24"];
//                        numbers = { country_code = "43"; international = ["00"]; trunk = "0"; bare = "national"; }; };
//                        } );
//   };
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/config_reader.h"
#include "dataplane/base/identity.h"
#include "dataplane/packet/ip_prefix.h"
#include "dataplane/session/watch_table.h"
#include "dataplane/snapshot_file.h"

namespace lictor {

struct PortConfig;

struct RadiusClientConfig {
  IpPrefix addresses;  // of access servers and proxies that share one secret
  std::string secret;  // a file; empty: believed by their addresses alone
};

struct RadiusConfig {
  std::vector<IpPrefix> servers;  // hosts
  std::vector<uint16_t> ports;    // the servers' [1812, 1813, 1645, 1646], and of clients that take orders [3799]
  std::vector<RadiusClientConfig> clients;
};

struct DhcpConfig {
  std::vector<IpPrefix> servers;  // hosts
  std::vector<IpPrefix> relays;   // hosts
  bool trusts_access_nodes = false;
  bool hears_clients = false;  // what clients send to everybody passes a port, too
};

struct PppoeConfig {
  std::vector<std::array<uint8_t, 6>> concentrators;  // MAC addresses; none: whoever sends at concentrator_ports
  std::vector<std::string> concentrator_ports;        // where frames come from concentrators
  bool trusts_access_nodes = false;
};

// Addresses that hosts claim by ARP and Neighbour Discovery: for targets by their MAC address.
struct NeighbourConfig {
  bool arp = true;
  bool nd = true;
  std::vector<IpPrefix> prefixes;  // that may be claimed; none: any
  // move = "never" | "when_silent" | "at_once": when an address goes to another MAC address that claims it.
  uint8_t move = 1;
};

// Calls: SIP over UDP (in fragments, too) and TCP from and to these servers.
struct SipConfig {
  // Proxies, registrars, gateways, or networks of them; ["any"] where there are no fixed ones: whoever uses `ports`.
  // Then every frame of IP is looked into, and only nodes of the trust domain say who is registered. None in two sets
  // that are heard at the same ports.
  std::vector<IpPrefix> servers;
  std::vector<uint16_t> ports;    // the servers' [5060]
  std::vector<IpPrefix> trusted;  // nodes of the trust domain: what they assert is believed
  bool from = false;              // From is checked by the operator, and believed
  bool preferred = false;         // and so is P-Preferred-Identity
  // legs = ["charging_vector", "session_id", "sdp_origin"]: by what calls through nodes in between belong together
  // [charging_vector].
  bool legs_by_charging_vector = true;
  bool legs_by_session_id = false;
  bool legs_by_sdp_origin = false;
  // Contacts at private addresses (RFC 1918, 6598, 4193) name one phone each; else nobody is found by them, since home
  // networks have the same.
  bool private_contacts = false;
  // Media between an endpoint that a call describes and an end that it does not count where they answer to the call
  // (symmetric RTP, RFC 4961); else all do.
  bool latching = true;
  std::string country_code;                // digits; none: only numbers that are global as they stand
  std::vector<std::string> international;  // prefixes of dialled numbers
  std::string trunk;                       // the national prefix
  // bare = "local" | "national" | "international": what digits are that begin with no prefix.
  uint8_t bare = 0;
  std::vector<std::string> contexts;  // values of phone-context that mean this plan
};

// Servers that serve one network: keys and addresses of two sets never meet.
struct SignalSetConfig {
  std::string name;
  std::vector<std::string> heard_at;  // ports where its messages are read; empty: all
  // Where the packets of its bindings count; empty: everywhere.
  std::vector<std::string> ports;
  std::vector<uint16_t> vlans;
  std::optional<uint32_t> label;
  std::optional<uint32_t> vni;
  std::optional<RadiusConfig> radius;
  std::optional<DhcpConfig> dhcp4;
  std::optional<DhcpConfig> dhcp6;
  std::optional<PppoeConfig> pppoe;
  std::optional<NeighbourConfig> neighbour;
  std::optional<SipConfig> sip;
};

struct SignallingConfig {
  std::vector<SignalSetConfig> sets;
  // when = "while_tasked" | "always": read though nothing is tapped, so that a warrant that starts in mid-session finds
  // it.
  bool always = false;
  // checksums = "ignore" | "check": a UDP datagram or TCP segment with a wrong checksum is not read, as hosts drop it,
  // so that nobody is heard at the tap alone. Wrong ones are counted either way (messages_wrong_sums): where that stays
  // 0 for days, "check" is right. Not where hosts leave sums to their cards and the tap is before these (mirrors of
  // virtual switches), nor where frames are cut.
  bool checks_sums = false;
  // RADIUS: accounting = "on_request" | "on_response", the moment at which a session is believed.
  bool accounting_on_response = false;
  bool need_message_authenticator = false;
  // RADIUS: a session of which so many of its Interims' intervals nothing was heard has ended, or so long where no
  // interval is known, and at the latest.
  uint32_t interims_missed_max = 3;
  uint32_t unheard_s_max = 7 * 86'400;
  uint32_t sessions_max = 262'144;
  uint64_t cells_bytes = uint64_t{64} << 20;
  uint32_t target_sessions_max = 65'536;
  uint32_t calls_max = 16'384;          // of everybody, of each session lcore; each has 6 KB
  uint32_t call_silence_s = 43'200;     // a call of which neither messages nor media were seen so long has ended
  uint32_t registrations_max = 16'384;  // contacts, the same; each has half a KB
  uint32_t sip_streams_max = 16'384;    // directions of TCP connections with SIP, of each session lcore
  uint32_t fragmented_max = 256;  // datagrams that wait for their fragments, of each session lcore; each has 68 KB
  uint32_t addresses_per_session_max = 32;
  uint64_t ring_bytes = 8 << 20;         // of each (rx lcore, session lcore)
  uint64_t report_ring_bytes = 4 << 20;  // of each (session lcore, encoder lcore)
  uint64_t held_bytes = 16 << 20;        // of an encoder lcore: packets of sessions that wait until all is heard
  // snapshot = { file; key; age_max_s; interval_s; }: sessions outlive the process by that at most; where it is killed,
  // but for what found no room since the last file, and nobody is taken for whom he was no more.
  SnapshotConfig snapshot;
  IdentityForm form;
  std::vector<WatchedIdentity> shared_names;

  [[nodiscard]] bool is_on() const { return !sets.empty(); }
};

// `ports` are read already. Sets without session lcores are refused, and the other way round.
SignallingConfig read_signalling(ConfigGroup group, std::span<const PortConfig> ports, size_t session_lcores);

}  // namespace lictor
