// lictorctl session …
#include <arpa/inet.h>
#include <fmt/format.h>

#include "control/cli/commands.h"
#include "control/cli/table.h"
#include "control/cli/words.h"
#include "lictor/v1/session.grpc.pb.h"

namespace lictor::control::cli {
namespace {

struct SessionOptions {
  std::string warrant;
  uint32_t limit = 0;
  std::string id;
};

// What goes to an endpoint of a call; nothing: it is none.
std::string media_text(v1::SessionAddressUse use) {
  switch (use) {
    case v1::SESSION_ADDRESS_USE_RTP:
      return "RTP";
    case v1::SESSION_ADDRESS_USE_UDPTL:
      return "UDPTL";
    case v1::SESSION_ADDRESS_USE_MSRP:
      return "MSRP";
    default:
      return "";
  }
}

std::string endpoint_text(const v1::SessionAddress& address, const std::string& host) {
  const bool is_ipv6 = address.prefix().address().size() == 16;
  return fmt::format("{}{}{}:{} ({}{}{})", is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", address.ports().first(),
                     media_text(address.use()), address.of_peer() ? ", other party" : "",
                     address.paired() ? ", shared" : "");
}

std::string address_text(const v1::SessionAddress& address) {
  const std::string& octets = address.prefix().address();
  char text[INET6_ADDRSTRLEN] = {};
  if (octets.size() != 4 && octets.size() != 16) return "-";
  if (inet_ntop(octets.size() == 4 ? AF_INET : AF_INET6, octets.data(), text, sizeof(text)) == nullptr) return "-";
  std::string whole = text;
  if (!media_text(address.use()).empty()) return endpoint_text(address, whole);
  if (address.prefix().prefix_length() != 8 * octets.size())
    whole += fmt::format("/{}", address.prefix().prefix_length());
  if (address.has_ports()) whole += fmt::format(" ports {}-{}", address.ports().first(), address.ports().last());
  if (address.use() == v1::SESSION_ADDRESS_USE_DELEGATED) whole += " (delegated)";
  if (address.use() == v1::SESSION_ADDRESS_USE_ROUTE) whole += " (route)";
  return whole;
}

std::string addresses_text(const v1::TargetSession& session) {
  std::string all;
  for (const v1::SessionAddress& address : session.addresses()) {
    if (!all.empty()) all += ", ";
    all += address_text(address);
  }
  return all;
}

std::string protocol_text(v1::SignallingProtocol protocol) {
  switch (protocol) {
    case v1::SIGNALLING_PROTOCOL_RADIUS:
      return "RADIUS";
    case v1::SIGNALLING_PROTOCOL_DHCPV4:
      return "DHCPv4";
    case v1::SIGNALLING_PROTOCOL_DHCPV6:
      return "DHCPv6";
    case v1::SIGNALLING_PROTOCOL_PPPOE:
      return "PPPoE";
    case v1::SIGNALLING_PROTOCOL_NEIGHBOUR:
      return "ARP/ND";
    case v1::SIGNALLING_PROTOCOL_SIP:
      return "SIP";
    default:
      return "-";
  }
}

std::string matched_text(const v1::TargetSession& session) {
  std::string all;
  for (const v1::TargetSpec& target : session.matched()) all += (all.empty() ? "" : ", ") + format_target(target);
  return all;
}

int list_sessions(Session& session, const SessionOptions& options) {
  v1::ListSessionsReply reply;
  v1::ListSessionsRequest request;
  request.set_warrant_id(options.warrant);
  request.set_limit(options.limit);
  const int code = session.call<v1::SessionService>(&v1::SessionService::Stub::ListSessions, request, reply);
  if (code != kExitOk) return code;
  if (session.json) {
    Session::print_json(reply);
    return kExitOk;
  }
  Table table({"ID", "WARRANT", "CIN", "SINCE", "NETWORK ELEMENT", "PROTOCOL", "ADDRESSES"});
  for (const v1::TargetSession& one : reply.sessions())
    table.add({one.id(), one.warrant_id(), std::to_string(one.cin()), time_text(one.since_unix_ns()),
               one.network_element_id(), protocol_text(one.protocol()), addresses_text(one)});
  table.print("no sessions");
  if (reply.more()) fmt::print(stderr, "lictorctl: there are more; see --limit\n");
  return kExitOk;
}

// What it is once, and then what it is for each delivery.
int show_session(Session& session, const SessionOptions& options) {
  v1::GetSessionRequest request;
  request.set_id(options.id);
  v1::GetSessionReply reply;
  const int code = session.call<v1::SessionService>(&v1::SessionService::Stub::GetSession, request, reply);
  if (code != kExitOk) return code;
  if (session.json) {
    Session::print_json(reply);
    return kExitOk;
  }
  const v1::TargetSession& first = reply.sessions(0);
  std::vector<std::pair<std::string, std::string>> properties = {{"id", first.id()},
                                                                 {"protocol", protocol_text(first.protocol())},
                                                                 {"heard by", first.network_element_id()},
                                                                 {"since", time_text(first.since_unix_ns())},
                                                                 {"changed", time_text(first.changed_unix_ns())}};
  for (const v1::SessionAddress& address : first.addresses()) properties.emplace_back("address", address_text(address));
  for (const v1::TargetSession& one : reply.sessions()) {
    properties.emplace_back("warrant", one.warrant_id());
    properties.emplace_back("  XID", one.xid());
    properties.emplace_back("  CIN", std::to_string(one.cin()));
    properties.emplace_back("  matched by", matched_text(one));
    for (const std::string& element : one.told_network_element_ids()) properties.emplace_back("  told to", element);
  }
  print_properties(properties);
  return kExitOk;
}

}  // namespace

void add_session_commands(CLI::App& app, Session& session) {
  CLI::App& sessions = *app.add_subcommand("session", "The live sessions of targets")->require_subcommand(1);
  const auto options = std::make_shared<SessionOptions>();
  CLI::App* list = sessions.add_subcommand("list", "Those of your desks' warrants");
  list->add_option("--warrant", options->warrant, "Of this warrant alone");
  list->add_option("--limit", options->limit, "How many [1000]");
  list->callback(
      [&session, options] { session.action = [&session, options] { return list_sessions(session, *options); }; });
  CLI::App* show = sessions.add_subcommand("show", "One of them: its addresses, and each warrant's CIN for it");
  show->add_option("id", options->id, "As list shows it")->required();
  show->callback(
      [&session, options] { session.action = [&session, options] { return show_session(session, *options); }; });
}

}  // namespace lictor::control::cli
