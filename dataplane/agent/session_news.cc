#include "dataplane/agent/session_news.h"

#include <fmt/format.h>

#include <algorithm>

#include "lictor/v1/fleet.pb.h"

namespace lictor {
namespace {

Status refused(std::string_view field, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("session_news.{}: {}", field, why));
}

Result<SessionAddress> read_address(const v1::SessionAddress& message) {
  SessionAddress address;
  const Result<IpPrefix> prefix =
      IpPrefix::make(as_bytes(message.prefix().address()), message.prefix().prefix_length());
  if (!prefix.ok()) return refused("addresses", "one is no prefix");
  address.prefix = *prefix;
  if (message.has_ports()) {
    if (message.ports().first() > message.ports().last() || message.ports().last() > UINT16_MAX)
      return refused("addresses", "ports must be first to 65535");
    address.ports = {.first = static_cast<uint16_t>(message.ports().first()),
                     .last = static_cast<uint16_t>(message.ports().last())};
  }
  if (!v1::SessionAddressUse_IsValid(message.use()) || message.use() == v1::SESSION_ADDRESS_USE_UNSPECIFIED)
    return refused("addresses", "a use is not known");
  address.use = static_cast<SessionAddress::Use>(message.use() - 1);
  address.of_peer = message.of_peer();
  address.paired = message.paired();
  return address;
}

// A call has endpoints, each once, and nothing else has any.
Status check_address(const SessionAddress& address, const SessionNews& news) {
  const bool is_of_call = SessionAddress::is_of_call(address.use);
  if (is_of_call != (news.source == SessionSource::kSip)) return refused("addresses", "a use is not its protocol's");
  if (!is_of_call)
    return address.of_peer || address.paired ? refused("addresses", "one is of no call, and of its parties")
                                             : absl::OkStatus();
  if (address.prefix.bits != (address.prefix.ipv6 ? 128 : 32)) return refused("addresses", "one of a call is no host");
  if (address.ports.first == 0 || address.ports.first != address.ports.last)
    return refused("addresses", "one of a call has not one port");
  const bool is_known = std::ranges::any_of(news.addresses, [&](const SessionAddress& known) {
    return known.prefix == address.prefix && known.ports == address.ports;
  });
  return is_known ? refused("addresses", "one is there twice") : absl::OkStatus();
}

Result<PayloadTypeSet> read_types(const std::string& message) {
  PayloadTypeSet::Octets octets{};
  if (message.empty()) return PayloadTypeSet();
  if (message.size() != octets.size()) return refused("descriptions", "payload types must be 16 octets");
  std::ranges::copy(as_bytes(message), octets.begin());
  return PayloadTypeSet(octets);
}

Result<CallDescriptions> read_descriptions(const v1::CallDescriptions& message) {
  const Result<PayloadTypeSet> comfort_noise = read_types(message.comfort_noise());
  if (!comfort_noise.ok()) return comfort_noise.status();
  const Result<PayloadTypeSet> telephone_events = read_types(message.telephone_events());
  if (!telephone_events.ok()) return telephone_events.status();
  const Result<PayloadTypeSet> others = read_types(message.others());
  if (!others.ok()) return others.status();
  return CallDescriptions{
      .types = {.comfort_noise = *comfort_noise, .telephone_events = *telephone_events, .others = *others},
      .count = message.count(),
      .narrow = message.narrow()};
}

std::string octets_of(const PayloadTypeSet& types) {
  return types.empty() ? std::string() : std::string(types.octets().begin(), types.octets().end());
}

// lictord does not say it of what is over.
SessionSource source_of(v1::SignallingProtocol protocol) {
  const bool is_said = v1::SignallingProtocol_IsValid(protocol) && protocol != v1::SIGNALLING_PROTOCOL_UNSPECIFIED;
  return is_said ? static_cast<SessionSource>(protocol - 1) : SessionSource::kRadius;
}

}  // namespace

Result<SessionNews> read_session_news(const v1::SessionNews& message) {
  const Result<Xid> xid = Xid::from_octets(as_bytes(message.xid()));
  if (!xid.ok()) return refused("xid", "must be 16 octets");
  if (message.network_element_id().size() > kNewsOwnerBytesMax) return refused("network_element_id", "too long");
  if (message.addresses_size() > static_cast<int>(kNewsAddressesMax)) return refused("addresses", "too many");
  SessionNews news{.xid = *xid,
                   .cin = message.cin(),
                   .owner = message.network_element_id(),
                   .since = {message.since_unix_ns()},
                   .changed = {message.changed_unix_ns()},
                   .over = message.over(),
                   .addresses = {},
                   .source = source_of(message.protocol()),
                   .described = {},
                   .names = {}};
  const Result<CallDescriptions> described = read_descriptions(message.descriptions());
  if (!described.ok()) return described.status();
  if (news.source == SessionSource::kSip) news.described = *described;
  for (const v1::SessionAddress& one : message.addresses()) {
    const Result<SessionAddress> address = read_address(one);
    if (!address.ok()) return address.status();
    if (Status status = check_address(*address, news); !status.ok()) return status;
    news.addresses.push_back(*address);
  }
  return news;
}

v1::SessionNews session_news_message(const SessionNews& news) {
  v1::SessionNews message;
  message.set_xid(news.xid.octets.data(), news.xid.octets.size());
  message.set_cin(news.cin);
  message.set_since_unix_ns(news.since.unix_ns);
  message.set_changed_unix_ns(news.changed.unix_ns);
  message.set_over(news.over);
  message.set_session(news.session);
  message.set_protocol(static_cast<v1::SignallingProtocol>(static_cast<int>(news.source) + 1));
  if (news.source == SessionSource::kSip) {
    v1::CallDescriptions& described = *message.mutable_descriptions();
    described.set_comfort_noise(octets_of(news.described.types.comfort_noise));
    described.set_telephone_events(octets_of(news.described.types.telephone_events));
    described.set_others(octets_of(news.described.types.others));
    described.set_count(news.described.count);
    described.set_narrow(news.described.narrow);
  }
  for (const WatchedIdentity& one : news.names) {
    v1::Identity& name = *message.add_names();
    name.set_kind(static_cast<v1::IdentityKind>(static_cast<int>(one.kind) + 1));
    name.set_value(one.value);
  }
  for (const SessionAddress& one : news.addresses) {
    v1::SessionAddress& address = *message.add_addresses();
    address.mutable_prefix()->set_address(one.prefix.octets.data(), one.prefix.ipv6 ? 16 : 4);
    address.mutable_prefix()->set_prefix_length(one.prefix.bits);
    address.set_use(static_cast<v1::SessionAddressUse>(static_cast<int>(one.use) + 1));
    address.set_of_peer(one.of_peer);
    address.set_paired(one.paired);
    if (one.ports.all()) continue;
    address.mutable_ports()->set_first(one.ports.first);
    address.mutable_ports()->set_last(one.ports.last);
  }
  return message;
}

}  // namespace lictor
