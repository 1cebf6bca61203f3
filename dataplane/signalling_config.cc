#include "dataplane/signalling_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "dataplane/config.h"
#include "dataplane/packet/parsed_frame.h"
#include "dataplane/session/datagram_assembly.h"
#include "dataplane/session/sip/registration_table.h"
#include "dataplane/session/sip/stream_table.h"

namespace lictor {
namespace {

constexpr size_t kSetsMax = 256;
constexpr size_t kServersMax = 256;
constexpr size_t kClientsMax = 65'536;
constexpr size_t kSharedNamesMax = 1024;
constexpr size_t kPrefixesMax = 16;
constexpr std::array<std::string_view, 3> kBareNumbers = {"local", "national", "international"};
constexpr uint32_t kLabelMax = (uint32_t{1} << 20) - 1;
constexpr uint32_t kVniMax = (uint32_t{1} << 24) - 1;

IpPrefix prefix(ConfigGroup& group, std::string_view key, const std::string& text) {
  Result<IpPrefix> prefix = IpPrefix::parse(text);
  if (prefix.ok()) return *prefix;
  group.refuse(key,
               "must be an address (names are not resolved; ports have a key of their own), or a prefix without bits "
               "behind its length");
  return {};
}

std::vector<IpPrefix> hosts(ConfigGroup& group, std::string_view key) {
  std::vector<IpPrefix> hosts;
  for (const std::string& text : group.texts(key)) {
    hosts.push_back(prefix(group, key, text));
    if (hosts.back().bits != (hosts.back().ipv6 ? 128 : 32)) group.refuse(key, "each must be one address");
  }
  if (hosts.size() > kServersMax) group.refuse(key, fmt::format("at most {}", kServersMax));
  return hosts;
}

template <typename Number>
std::vector<Number> numbers(ConfigGroup& group, std::string_view key, int64_t min, int64_t max) {
  std::vector<Number> numbers;
  for (const int64_t number : group.integers(key, {.min = min, .max = max})) {
    numbers.push_back(static_cast<Number>(number));
  }
  return numbers;
}

std::vector<std::string> read_ports(ConfigGroup& group, std::string_view key, std::span<const PortConfig> ports) {
  std::vector<std::string> names = group.texts(key);
  for (const std::string& name : names) {
    const auto is_it = [&](const PortConfig& port) { return port.name == name; };
    if (!std::ranges::any_of(ports, is_it)) group.refuse(key, fmt::format("there is no port {}", name));
  }
  return names;
}

// Whether a key that takes two words has the second of them; the first is its default.
bool is_second_of(ConfigGroup& group, std::string_view key, const std::string& first, std::string_view second) {
  const std::string text = group.text(key, {.max = 16, .fallback = first});
  if (text != first && text != second) group.refuse(key, fmt::format("must be {} or {}", first, second));
  return text == second;
}

RadiusConfig read_radius(ConfigGroup group) {
  RadiusConfig radius{.servers = hosts(group, "servers"), .ports = numbers<uint16_t>(group, "ports", 1, UINT16_MAX)};
  if (radius.servers.empty()) group.refuse("servers", "at least one is needed");
  if (radius.ports.empty()) radius.ports = {1812, 1813, 1645, 1646, 3799};
  for (ConfigGroup& client : group.groups("clients")) {
    radius.clients.push_back({.addresses = prefix(client, "addresses", client.text("addresses", {.min = 1})),
                              .secret = client.text("secret", {.fallback = ""})});
  }
  if (radius.clients.empty()) group.refuse("clients", "at least one is needed: nobody else is believed");
  if (radius.clients.size() > kClientsMax) group.refuse("clients", fmt::format("at most {}", kClientsMax));
  return radius;
}

bool overlap(const IpPrefix& one, const IpPrefix& other) {
  if (one.ipv6 != other.ipv6) return false;
  const size_t bits = std::min(one.bits, other.bits);
  for (size_t i = 0; i < bits; ++i)
    if (((one.octets[i / 8] ^ other.octets[i / 8]) >> (7 - i % 8) & 1) != 0) return false;
  return true;
}

// Of lists, one of which is all there is where it is empty.
template <typename Value>
bool share_any(const std::vector<Value>& one, const std::vector<Value>& other) {
  return one.empty() || other.empty() || std::ranges::find_first_of(one, other) != one.end();
}

// Whether a message may be of both: each is read for one set alone, and the other's calls would be missed in silence.
bool hear_the_same_calls(const SignalSetConfig& one, const SignalSetConfig& other) {
  if (!one.sip || !other.sip || !share_any(one.heard_at, other.heard_at)) return false;
  return share_any(one.sip->ports, other.sip->ports) &&
         std::ranges::find_first_of(one.sip->servers, other.sip->servers, overlap) != one.sip->servers.end();
}

bool is_digits(const std::string& text) {
  return std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

// Hosts, networks, or "any": everybody, of both versions. No two of them mean the same: which one is asked is not said.
std::vector<IpPrefix> sip_servers(ConfigGroup& group) {
  std::vector<IpPrefix> servers;
  for (const std::string& text : group.texts("servers")) {
    if (text == "any") {
      servers.insert(servers.end(), {IpPrefix{}, IpPrefix{.ipv6 = true}});
    } else {
      servers.push_back(prefix(group, "servers", text));
    }
  }
  if (servers.empty()) group.refuse("servers", "at least one is needed, or \"any\" alone");
  for (size_t i = 0; i < servers.size(); ++i) {
    const auto overlaps = [&](const IpPrefix& other) { return overlap(servers[i], other); };
    if (std::any_of(servers.begin() + static_cast<ptrdiff_t>(i) + 1, servers.end(), overlaps))
      return group.refuse("servers", "two of them overlap; \"any\" stands alone"), servers;
  }
  if (servers.size() > kServersMax) group.refuse("servers", fmt::format("at most {}", kServersMax));
  return servers;
}

void read_legs(ConfigGroup& group, SipConfig& sip) {
  if (!group.has("legs")) return;
  sip.legs_by_charging_vector = false;
  for (const std::string& text : group.texts("legs")) {
    if (text == "charging_vector") {
      sip.legs_by_charging_vector = true;
    } else if (text == "session_id") {
      sip.legs_by_session_id = true;
    } else if (text == "sdp_origin") {
      sip.legs_by_sdp_origin = true;
    } else {
      group.refuse("legs", "must be of charging_vector, session_id, sdp_origin");
    }
  }
}

SipConfig read_sip(ConfigGroup group) {
  SipConfig sip{.servers = sip_servers(group), .ports = numbers<uint16_t>(group, "ports", 1, UINT16_MAX)};
  if (sip.ports.empty()) sip.ports = {5060};
  for (const std::string& text : group.texts("trusted")) sip.trusted.push_back(prefix(group, "trusted", text));
  if (sip.trusted.size() > kServersMax) group.refuse("trusted", fmt::format("at most {}", kServersMax));
  sip.from = group.flag("from", false);
  sip.preferred = group.flag("preferred", false);
  read_legs(group, sip);
  sip.private_contacts = group.flag("private_contacts", false);
  sip.latching = group.flag("latching", true);
  if (!group.has("numbers")) return sip;
  ConfigGroup numbers = group.group("numbers");
  sip.country_code = numbers.text("country_code", {.max = 3, .fallback = ""});
  if (!is_digits(sip.country_code)) numbers.refuse("country_code", "must be digits");
  sip.international = numbers.texts("international");
  sip.trunk = numbers.text("trunk", {.max = 4, .fallback = ""});
  if (!is_digits(sip.trunk)) numbers.refuse("trunk", "must be digits");
  if (!std::ranges::all_of(sip.international, is_digits)) numbers.refuse("international", "prefixes must be digits");
  if (!sip.trunk.empty() && std::ranges::find(sip.international, sip.trunk) != sip.international.end())
    numbers.refuse("trunk", "is one of international: a number cannot be both");
  if (sip.international.size() > kPrefixesMax) numbers.refuse("international", fmt::format("at most {}", kPrefixesMax));
  const std::string bare = numbers.text("bare", {.max = 16, .fallback = "local"});
  const auto known = std::ranges::find(kBareNumbers, bare);
  if (known == kBareNumbers.end()) numbers.refuse("bare", "must be local, national or international");
  if (bare == "national" && sip.country_code.empty()) numbers.refuse("bare", "national needs country_code");
  sip.bare = static_cast<uint8_t>(known == kBareNumbers.end() ? 0 : known - kBareNumbers.begin());
  sip.contexts = numbers.texts("contexts");
  if (sip.contexts.size() > kPrefixesMax) numbers.refuse("contexts", fmt::format("at most {}", kPrefixesMax));
  return sip;
}

DhcpConfig read_dhcp(ConfigGroup group, bool ipv6) {
  DhcpConfig dhcp{.servers = hosts(group, "servers"),
                  .relays = hosts(group, "relays"),
                  .trusts_access_nodes = group.flag("trusts_access_nodes", false),
                  .hears_clients = group.flag("hears_clients", false)};
  if (dhcp.servers.empty()) group.refuse("servers", "at least one is needed");
  const auto is_other = [ipv6](const IpPrefix& host) { return host.ipv6 != ipv6; };
  const char* const kind = ipv6 ? "must be IPv6" : "must be IPv4";
  if (std::ranges::any_of(dhcp.servers, is_other)) group.refuse("servers", kind);
  if (std::ranges::any_of(dhcp.relays, is_other)) group.refuse("relays", kind);
  return dhcp;
}

// Six octets, as "00-00-5E-00-53-01" or with colons.
std::array<uint8_t, 6> read_mac(ConfigGroup& group, std::string_view key, std::string_view text) {
  std::array<uint8_t, 6> mac{};
  bool good = text.size() == 17;
  for (size_t i = 0; good && i < mac.size(); ++i) {
    const char* const digits = text.data() + 3 * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, mac[i], 16);
    good = error == std::errc() && end == digits + 2 && (i == 5 || digits[2] == '-' || digits[2] == ':');
  }
  if (!good) group.refuse(key, "must be MAC addresses as 00-00-5E-00-53-01");
  return mac;
}

PppoeConfig read_pppoe(ConfigGroup group, std::span<const PortConfig> ports) {
  PppoeConfig pppoe{.concentrators = {},
                    .concentrator_ports = read_ports(group, "concentrator_ports", ports),
                    .trusts_access_nodes = group.flag("trusts_access_nodes", false)};
  for (const std::string& text : group.texts("concentrators"))
    pppoe.concentrators.push_back(read_mac(group, "concentrators", text));
  if (pppoe.concentrators.empty() && pppoe.concentrator_ports.empty())
    group.refuse("concentrators", "or concentrator_ports are needed: nobody else is believed");
  return pppoe;
}

NeighbourConfig read_neighbour(ConfigGroup group) {
  static constexpr std::array<std::string_view, 3> kMoves = {"never", "when_silent", "at_once"};
  NeighbourConfig neighbour{.arp = group.flag("arp", true), .nd = group.flag("nd", true)};
  for (const std::string& text : group.texts("prefixes")) neighbour.prefixes.push_back(prefix(group, "prefixes", text));
  const std::string move = group.text("move", {.max = 16, .fallback = "when_silent"});
  const auto known = std::ranges::find(kMoves, move);
  if (known == kMoves.end()) group.refuse("move", "must be never, when_silent or at_once");
  neighbour.move = static_cast<uint8_t>(known - kMoves.begin());
  return neighbour;
}

std::optional<uint32_t> context(ConfigGroup& group, std::string_view key, uint32_t max) {
  if (!group.has(key)) return std::nullopt;
  return static_cast<uint32_t>(group.integer(key, {.max = max}));
}

SignalSetConfig read_set(ConfigGroup& group, std::span<const PortConfig> ports) {
  SignalSetConfig set{.name = group.text("name", {.min = 1, .max = 63}),
                      .heard_at = read_ports(group, "heard_at", ports),
                      .ports = read_ports(group, "ports", ports),
                      .vlans = numbers<uint16_t>(group, "vlans", 1, 4094),
                      .label = context(group, "label", kLabelMax),
                      .vni = context(group, "vni", kVniMax)};
  if (set.vlans.size() > kVlanTagsMax) group.refuse("vlans", fmt::format("at most {}", kVlanTagsMax));
  if (group.has("radius")) set.radius = read_radius(group.group("radius"));
  if (group.has("dhcp4")) set.dhcp4 = read_dhcp(group.group("dhcp4"), false);
  if (group.has("dhcp6")) set.dhcp6 = read_dhcp(group.group("dhcp6"), true);
  if (group.has("pppoe")) set.pppoe = read_pppoe(group.group("pppoe"), ports);
  if (group.has("neighbour")) set.neighbour = read_neighbour(group.group("neighbour"));
  if (group.has("sip")) set.sip = read_sip(group.group("sip"));
  if (!set.radius && !set.dhcp4 && !set.dhcp6 && !set.pppoe && !set.neighbour && !set.sip)
    group.refuse("name", "has none of radius, dhcp4, dhcp6, pppoe, neighbour, sip");
  return set;
}

WatchedIdentity read_shared(ConfigGroup& group) {
  const std::string kind = group.text("kind", {.min = 1, .max = 32});
  WatchedIdentity shared{.value = group.text("name", {.min = 1, .max = kIdentityBytesMax})};
  const auto known = std::ranges::find(kIdentityKindNames, kind);
  if (known == kIdentityKindNames.end()) {
    group.refuse("kind", fmt::format("must be one of {}", fmt::join(kIdentityKindNames, ", ")));
  } else {
    shared.kind = static_cast<IdentityKind>(known - kIdentityKindNames.begin());
  }
  return shared;
}

void read_bounds(ConfigGroup& group, SignallingConfig& config) {
  const auto number = [&group](std::string_view key, int64_t min, int64_t max, auto& value) {
    value = static_cast<std::remove_reference_t<decltype(value)>>(
        group.integer(key, {.min = min, .max = max, .fallback = static_cast<int64_t>(value)}));
  };
  number("interims_missed_max", 1, 100, config.interims_missed_max);
  number("unheard_s_max", 60, 31 * 86'400, config.unheard_s_max);
  number("sessions_max", 16, int64_t{1} << 26, config.sessions_max);
  number("cells_bytes", 65'536, int64_t{32} << 30, config.cells_bytes);
  number("target_sessions_max", 16, int64_t{1} << 20, config.target_sessions_max);
  number("calls_max", 1, int64_t{1} << 22, config.calls_max);
  number("call_silence_s", 60, 30 * 86'400, config.call_silence_s);
  number("registrations_max", 0, sip::kRegistrationsMax, config.registrations_max);
  number("sip_streams_max", 1, sip::StreamTable::kStreamsMax, config.sip_streams_max);
  number("fragmented_max", 1, DatagramAssembly::kDatagramsMax, config.fragmented_max);
  number("addresses_per_session_max", 1, 64, config.addresses_per_session_max);
  number("ring_bytes", 65'536, int64_t{1} << 30, config.ring_bytes);
  number("report_ring_bytes", 65'536, int64_t{1} << 30, config.report_ring_bytes);
  number("held_bytes", 65'536, int64_t{16} << 30, config.held_bytes);
}

SnapshotConfig read_snapshot_keys(ConfigGroup group) {
  SnapshotConfig snapshot{.file = group.text("file", {.min = 1}), .key = group.text("key", {.min = 1})};
  snapshot.age_max_s = static_cast<uint32_t>(group.integer("age_max_s", {.min = 1, .max = 86'400, .fallback = 300}));
  snapshot.interval_s = static_cast<uint32_t>(
      group.integer("interval_s", {.min = 0, .max = 86'400, .fallback = std::min(60U, snapshot.age_max_s / 2)}));
  if (snapshot.interval_s >= snapshot.age_max_s) group.refuse("interval_s", "must be shorter than age_max_s");
  return snapshot;
}

}  // namespace

SignallingConfig read_signalling(ConfigGroup group, std::span<const PortConfig> ports, size_t session_lcores) {
  SignallingConfig config;
  std::set<std::string> names;
  for (ConfigGroup& set : group.groups("sets")) {
    config.sets.push_back(read_set(set, ports));
    const SignalSetConfig& own = config.sets.back();
    if (!names.insert(own.name).second) set.refuse("name", "is there twice");
    for (size_t i = 0; i + 1 < config.sets.size(); ++i)
      if (hear_the_same_calls(config.sets[i], own))
        set.refuse("sip.servers",
                   fmt::format("overlap signalling.sets[{}].sip.servers (sets {} and {}) at the same ports", i,
                               config.sets[i].name, own.name));
  }
  if (config.sets.size() > kSetsMax) group.refuse("sets", fmt::format("at most {}", kSetsMax));
  config.always = is_second_of(group, "when", "while_tasked", "always");
  config.checks_sums = is_second_of(group, "checksums", "ignore", "check");
  config.accounting_on_response = is_second_of(group, "accounting", "on_request", "on_response");
  config.need_message_authenticator = group.flag("need_message_authenticator", false);
  read_bounds(group, config);
  if (group.has("snapshot")) config.snapshot = read_snapshot_keys(group.group("snapshot"));
  config.form.fold_user_case = group.flag("fold_user_case", false);
  config.form.strip_realm = group.flag("strip_realm", false);
  for (ConfigGroup& shared : group.groups("shared_names")) config.shared_names.push_back(read_shared(shared));
  if (config.shared_names.size() > kSharedNamesMax)
    group.refuse("shared_names", fmt::format("at most {}", kSharedNamesMax));
  if (config.is_on() && session_lcores == 0) group.refuse("sets", "need lcores.sessions");
  if (!config.is_on() && session_lcores != 0) group.refuse("sets", "lcores.sessions would have nothing to read");
  return config;
}

}  // namespace lictor
