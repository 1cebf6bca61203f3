#include "dataplane/session/radius/subscriber.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace lictor::radius {
namespace {

IpPrefix host_of(const Ipv4& address) {
  IpPrefix host{.ipv6 = false, .bits = 32};
  std::copy(address.begin(), address.end(), host.octets.begin());
  return host;
}

IpPrefix host_of(const Ipv6& address) { return {.ipv6 = true, .bits = 128, .octets = address}; }

// 0.0.0.0 and 127.0.0.0/8 are what a NAS says that does not know its own.
bool is_place(const Ipv4& address) { return address[0] != 0 && address[0] != 127; }

int digit_of(uint8_t letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  const int small = letter | 0x20;
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

// 12 hexadecimal digits in any of the usual groupings, which an ordinary number is not: it has no such separators.
bool read_mac(Bytes text, std::array<uint8_t, 6>& mac) {
  size_t digits = 0;
  bool separated = false;
  for (const uint8_t letter : text) {
    if (letter == ':' || letter == '-' || letter == '.') {
      separated = true;
      continue;
    }
    const int digit = digit_of(letter);
    if (digit < 0 || digits == 12) return false;
    mac[digits / 2] = static_cast<uint8_t>(digits % 2 == 0 ? digit << 4 : mac[digits / 2] | digit);
    ++digits;
  }
  return digits == 12 && separated;
}

// A letter in front, so that no address is spelled like another kind's.
void set(NasName& nas, char kind, Bytes octets) {
  nas.octets[0] = static_cast<uint8_t>(kind);
  const size_t count = std::min(octets.size(), NasName::kBytesMax - 1);
  std::copy_n(octets.begin(), count, nas.octets.begin() + 1);
  nas.bytes = count + 1;
}

size_t write_number(uint32_t number, MutableBytes room) {
  std::array<char, 10> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
  const auto count = static_cast<size_t>(end - digits.data());
  if (error != std::errc() || count > room.size()) return 0;
  std::copy_n(digits.begin(), count, room.begin());
  return count;
}

// As people write it.
size_t write_nas(const NasName& nas, MutableBytes room) {
  const Bytes name = nas.key().subspan(1);
  if (name.size() == 4 && nas.octets[0] == '4') {
    size_t bytes = 0;
    for (const uint8_t octet : name) {
      if (bytes > 0) room[bytes++] = '.';
      bytes += write_number(octet, room.subspan(bytes));
    }
    return bytes;
  }
  if (name.size() == 16 && nas.octets[0] == '6') {
    std::array<char, INET6_ADDRSTRLEN> words{};
    inet_ntop(AF_INET6, name.data(), words.data(), words.size());
    const size_t bytes = std::strlen(words.data());
    std::copy_n(words.begin(), bytes, room.begin());
    return bytes;
  }
  const size_t bytes = std::min(name.size(), room.size());
  std::copy_n(name.begin(), bytes, room.begin());
  return bytes;
}

void replace(Bytes& detail, Bytes by) {
  if (!by.empty()) detail = by;
}

template <typename Value>
void replace(std::optional<Value>& detail, const std::optional<Value>& by) {
  if (by) detail = by;
}

}  // namespace

NasName nas_of(const Message& message, bool ipv6, const SignalEnd& source) noexcept {
  NasName nas;
  if (message.nas_ipv4 && is_place(*message.nas_ipv4)) {
    set(nas, '4', *message.nas_ipv4);
  } else if (message.nas_ipv6) {
    set(nas, '6', *message.nas_ipv6);
  } else if (!message.nas_identifier.empty()) {
    set(nas, 'n', message.nas_identifier);
  } else {
    set(nas, ipv6 ? '6' : '4', Bytes(source.address).first(ipv6 ? 16 : 4));
  }
  return nas;
}

void Names::set(IdentityKind kind, Bytes shown) noexcept {
  if (shown.empty()) return;
  size_t at = 0;
  while (at < count_ && shown_[at].kind != kind) ++at;
  shown_[at] = {kind, shown};
  count_ = std::max(count_, at + 1);
}

void Names::add_mac(const Message& message) noexcept {
  const Bytes told = message.field(Field::kMac);
  if (told.size() == mac_.size()) {
    std::copy(told.begin(), told.end(), mac_.begin());
    return set(IdentityKind::kMac, mac_);
  }
  std::array<uint8_t, 6> mac;
  if (!read_mac(told, mac) && !read_mac(message.calling_station, mac)) return;
  mac_ = mac;
  set(IdentityKind::kMac, mac_);
}

void Names::add_port(const Message& message, const NasName& nas) noexcept {
  if (message.nas_port_id.empty() && !message.nas_port) return;
  // The letter of the kind is gone and a slash comes, so a number of 10 digits may not fit behind the longest name.
  size_t bytes = write_nas(nas, port_);
  if (bytes + 1 >= port_.size()) return;
  port_[bytes++] = '/';
  const MutableBytes rest = MutableBytes(port_).subspan(bytes);
  if (!message.nas_port_id.empty()) {
    if (message.nas_port_id.size() > rest.size()) return;
    std::copy(message.nas_port_id.begin(), message.nas_port_id.end(), rest.begin());
    bytes += message.nas_port_id.size();
  } else {
    const size_t digits = write_number(*message.nas_port, rest);
    if (digits == 0) return;
    bytes += digits;
  }
  set(IdentityKind::kNasPort, Bytes(port_).first(bytes));
}

void Names::add(const Message& message, const NasName& nas, const SubscriberPlan& plan) noexcept {
  const bool shared = std::any_of(plan.shared_users.begin(), plan.shared_users.end(),
                                  [&message](const std::string& name) { return as_text(message.user_name) == name; });
  if (!shared) set(IdentityKind::kRadiusUser, message.user_name);
  set(IdentityKind::kCallingStation, message.calling_station);
  set(IdentityKind::kCircuitId, message.field(Field::kCircuitId));
  set(IdentityKind::kRemoteId, message.field(Field::kRemoteId));
  set(IdentityKind::kImsi, message.field(Field::kImsi));
  set(IdentityKind::kChargeableUser, message.chargeable_identity);
  add_mac(message);
  add_port(message, nas);
}

Addresses::Addresses(const Message& message, const SubscriberPlan& plan) noexcept : plan_(plan) {
  using Use = SessionAddress::Use;
  if (message.framed_ipv4) add(host_of(*message.framed_ipv4), Use::kAddress);
  for (const IpPrefix& prefix : message.framed_ipv6_prefixes.all()) add(prefix, Use::kAddress);
  for (const Ipv6& address : message.framed_ipv6_addresses.all()) add(host_of(address), Use::kAddress);
  for (const IpPrefix& prefix : message.delegated_ipv6_prefixes.all()) add(prefix, Use::kDelegated);
  add_routes(message.framed_routes.all(), false);
  add_routes(message.framed_ipv6_routes.all(), true);
  add_port_blocks(message);
  for (size_t i = 0; i < count_; ++i) told_[static_cast<size_t>(kind_of(addresses_[i]))] = true;
  // A block is told when it is given, and others stay.
  told_[static_cast<size_t>(Kind::kPortBlock)] = false;
}

Addresses::Kind Addresses::kind_of(const SessionAddress& address) {
  const bool ipv6 = address.prefix.ipv6;
  if (!address.ports.all()) return Kind::kPortBlock;
  if (address.use == SessionAddress::Use::kDelegated) return Kind::kDelegated;
  if (address.use == SessionAddress::Use::kRoute) return ipv6 ? Kind::kRouteIpv6 : Kind::kRouteIpv4;
  return ipv6 ? Kind::kIpv6 : Kind::kIpv4;
}

void Addresses::add(const IpPrefix& prefix, SessionAddress::Use use, PortRange ports) noexcept {
  if (prefix.bits < (prefix.ipv6 ? plan_.ipv6_bits_min : plan_.ipv4_bits_min)) {
    ++too_wide_;
    return;
  }
  const SessionAddress address{.prefix = prefix, .ports = ports, .use = use};
  const std::span<const SessionAddress> known = all();
  if (count_ < kMax && std::find(known.begin(), known.end(), address) == known.end()) addresses_[count_++] = address;
}

void Addresses::add_routes(std::span<const Bytes> routes, bool ipv6) noexcept {
  for (const Bytes text : routes) {
    const std::optional<IpPrefix> prefix = route_prefix(text);
    if (prefix && prefix->ipv6 == ipv6) add(*prefix, SessionAddress::Use::kRoute);
  }
}

void Addresses::add_port_blocks(const Message& message) noexcept {
  for (const PortBlock& block : message.port_blocks.all()) {
    if (!block.complete() || !block.address) continue;
    const SessionAddress address{.prefix = host_of(*block.address), .ports = {*block.first, *block.last}};
    if (address.ports.all()) continue;
    if (block.released) {
      released_.add(address);
    } else {
      add(address.prefix, address.use, address.ports);
    }
  }
}

void Addresses::keep(const SessionAddress& held) noexcept {
  const std::span<const SessionAddress> gone = released_.all();
  if (told_[static_cast<size_t>(kind_of(held))] || std::find(gone.begin(), gone.end(), held) != gone.end()) return;
  add(held.prefix, held.use, held.ports);
}

void Details::add(const Message& message, PacketTime received) noexcept {
  replace(details.user_name, message.user_name);
  replace(details.calling_station, message.calling_station);
  replace(details.called_station, message.called_station);
  replace(details.host_name, message.field(Field::kHostName));
  replace(details.circuit_id, message.field(Field::kCircuitId));
  replace(details.remote_id, message.field(Field::kRemoteId));
  replace(details.nas_identifier, message.nas_identifier);
  replace(details.nas_port_id, message.nas_port_id);
  replace(details.session_name, message.session_id);
  replace(details.location, message.field(Field::kLocation));
  if (message.nas_ipv4) {
    details.nas_address = host_of(*message.nas_ipv4);
  } else if (message.nas_ipv6) {
    details.nas_address = host_of(*message.nas_ipv6);
  }
  replace(details.nas_port, message.nas_port);
  replace(details.nas_port_type, message.nas_port_type);
  replace(details.octets_from_target, message.octets_from_user());
  replace(details.octets_to_target, message.octets_to_user());
  replace(details.session_seconds, message.session_time_s);
  replace(details.cause, message.terminate_cause);
  if (message.session_timeout_s) {
    const int64_t left_s = int64_t{*message.session_timeout_s} - int64_t{message.session_time_s.value_or(0)};
    details.expected_end = PacketTime{received.unix_ns + left_s * kNanosecondsPerSecond};
  }
  size_t count = 0;
  for (const Bytes route : message.framed_routes.all()) routes_[count++] = route;
  for (const Bytes route : message.framed_ipv6_routes.all()) routes_[count++] = route;
  if (count > 0) details.framed_routes = std::span<const Bytes>(routes_).first(count);
}

// RFC 2866 section 5.10.
SessionEnd end_of(std::optional<uint32_t> terminate_cause) noexcept {
  switch (terminate_cause.value_or(0)) {
    case 1:  // user request
      return SessionEnd::kLogoff;
    case 2:   // lost carrier
    case 3:   // lost service
    case 8:   // port error
    case 9:   // NAS error
    case 11:  // NAS reboot
      return SessionEnd::kConnectionLost;
    case 4:  // idle timeout
    case 5:  // session timeout
      return SessionEnd::kTimeout;
    default:
      return SessionEnd::kOther;
  }
}

}  // namespace lictor::radius
