#include "dataplane/agent/session_news.h"

#include <fmt/format.h>

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
  return address;
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
                   .names = {}};
  for (const v1::SessionAddress& one : message.addresses()) {
    const Result<SessionAddress> address = read_address(one);
    if (!address.ok()) return address.status();
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
    if (one.ports.all()) continue;
    address.mutable_ports()->set_first(one.ports.first);
    address.mutable_ports()->set_last(one.ports.last);
  }
  return message;
}

}  // namespace lictor
