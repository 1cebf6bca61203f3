#include "dataplane/control_config.h"

#include <fmt/format.h>

#include "dataplane/trust/directive_signature.h"

namespace lictor {
namespace {

const TextRule kPath{.max = 4095, .fallback = ""};

ControlTls read_tls(ConfigGroup group) {
  ControlTls tls{.certificate = group.text("certificate", kPath),
                 .key = group.text("key", kPath),
                 .ca = group.text("ca", kPath),
                 .server_name = group.text("server_name", {.max = 255, .fallback = ""})};
  const size_t given = !tls.certificate.empty() + !tls.key.empty() + !tls.ca.empty();
  if (given != 0 && given != 3) group.refuse("certificate", "goes with key and ca: all three or none");
  return tls;
}

void read_orders(ConfigGroup group, ControlConfig& control) {
  control.orders_required = group.flag("required", false);
  ConfigGroup approvers = group.group("approvers");
  control.approvers = {
      .ca = approvers.text("ca", kPath), .revoked = approvers.text("revoked", kPath), .pins = approvers.texts("pins")};
  control.order_versions = group.text("versions", kPath);
  if (!control.order_versions.empty() && !control.approvers.names_anybody())
    group.refuse("versions", "needs approvers: a ca, or pins");
  if (control.approvers.pins.size() > kApproverPinsMax)
    approvers.refuse("pins", fmt::format("at most {}", kApproverPinsMax));
  if (!control.approvers.revoked.empty() && control.approvers.ca.empty()) approvers.refuse("revoked", "needs ca");
  if (control.orders_required && !control.approvers.names_anybody())
    group.refuse("required", "needs approvers: a ca, or pins");
}

}  // namespace

ControlConfig read_control(ConfigGroup& root) {
  ControlConfig control;
  const TextRule address{.min = 1, .max = 256};
  if (!root.is_group("control")) {
    control.address = root.text("control", address);
  } else {
    ConfigGroup group = root.group("control");
    control.address = group.text("address", address);
    control.tls = read_tls(group.group("tls"));
    control.directive_keys = group.texts("directive_keys");
    if (control.directive_keys.size() > kDirectiveKeysMax)
      group.refuse("directive_keys", fmt::format("at most {}", kDirectiveKeysMax));
    read_orders(group.group("orders"), control);
  }
  const bool is_local = control.address.starts_with("unix:");
  if (!is_local && !control.tls.is_on())
    root.refuse("control", "must be unix:PATH, or have tls; directives do not cross a network in the clear");
  if (is_local && control.tls.is_on()) root.refuse("control.tls", "is for an address of the network");
  return control;
}

}  // namespace lictor
