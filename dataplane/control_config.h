// How a dataplane reaches lictord, and whom it believes there: the key `control`, either an address alone or a group.
// Read once at start.
//
//   control = "unix:/run/lictor/lictord.sock";
//   control = { address = "lictord.example.org:7443";
//               tls = { certificate = "…"; key = "…"; ca = "…"; server_name = ""; };
//               directive_keys = [ "lictord.pub" ];
//               orders = { required = true; approvers = { ca = "…"; revoked = "…"; pins = [ … ]; };
//                          versions = "/var/lib/lictor/order-versions"; }; };
#pragma once

#include <string>
#include <vector>

#include "dataplane/base/config_reader.h"
#include "dataplane/trust/approver_book.h"

namespace lictor {

// Paths of PEM files, read at each connect: what is renewed is shown from then on.
struct ControlTls {
  std::string certificate;  // empty: no TLS
  std::string key;
  std::string ca;
  std::string server_name;  // that lictord's certificate must have; empty: the address's host

  [[nodiscard]] bool is_on() const { return !certificate.empty(); }
};

struct ControlConfig {
  std::string address;  // gRPC's spelling: unix:PATH, or HOST:PORT with TLS
  ControlTls tls;
  std::vector<std::string> directive_keys;  // public keys; empty: directives need no signature
  bool orders_required = false;
  ApproverPlan approvers;
  std::string order_versions;  // the file that remembers versions of orders over restarts; empty: nothing does
};

ControlConfig read_control(ConfigGroup& root);

}  // namespace lictor
