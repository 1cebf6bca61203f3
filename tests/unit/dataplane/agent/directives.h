// Directives for tests, good ones: each test spoils the one field that it is about.
#pragma once

#include <gtest/gtest.h>

#include "dataplane/agent/directive.h"
#include "lictor/v1/directive.pb.h"

namespace lictor {

constexpr int64_t kStart = 1'800'000'000 * kNanosecondsPerSecond;
constexpr int64_t kEnd = kStart + 3600 * kNanosecondsPerSecond;

inline std::string xid_octets(uint8_t number) { return std::string(15, '\x11') + static_cast<char>(number); }
inline Xid xid_of(uint8_t number) { return *Xid::from_octets(as_bytes(xid_octets(number))); }

inline v1::Tap tap_message(uint8_t number) {
  v1::Tap tap;
  tap.set_xid(xid_octets(number));
  v1::AddressPrefix& prefix = *tap.add_targets()->mutable_prefix();
  prefix.set_address(std::string("\xc0\x00\x02\x07", 4));
  prefix.set_prefix_length(32);
  tap.mutable_window()->set_start_unix_ns(kStart);
  tap.mutable_window()->set_end_unix_ns(kEnd);
  tap.set_lease_unix_ns(kEnd);
  tap.set_content(v1::CONTENT_IRI_AND_CC);
  return tap;
}

// All frames of a card and of a line.
inline v1::Tap frames_tap_message(uint8_t number) {
  v1::Tap tap = tap_message(number);
  tap.mutable_targets(0)->set_mac(std::string("\x00\x53\x00\x12\x34\x56", 6));
  v1::VlanStack& line = *tap.add_targets()->mutable_vlans();
  line.add_ids(100);
  line.add_ids(200);
  tap.set_link_layer(v1::LINK_LAYER_L2CC);
  return tap;
}

inline void set_prefix(v1::AddressPrefix& prefix, const std::string& octets, uint32_t bits) {
  prefix.set_address(octets);
  prefix.set_prefix_length(bits);
}

// TCP between ports 5060 to 5070 of 192.0.2.7 and 198.51.100.0/24, port 443.
inline v1::Tap flow_tap_message(uint8_t number) {
  v1::Tap tap = tap_message(number);
  v1::FlowKey& flow = *tap.mutable_targets(0)->mutable_flow();
  set_prefix(*flow.mutable_target(), std::string("\xc0\x00\x02\x07", 4), 32);
  flow.set_protocol(6);
  flow.mutable_target_ports()->set_first(5060);
  flow.mutable_target_ports()->set_last(5070);
  set_prefix(*flow.mutable_remote(), std::string("\xc6\x33\x64\x00", 4), 24);
  flow.mutable_remote_ports()->set_first(443);
  flow.mutable_remote_ports()->set_last(443);
  return tap;
}

inline void set_destination(v1::Destination& destination, const char* id, v1::HandoverInterface interface,
                            uint16_t port) {
  destination.set_id(id);
  destination.set_interface(interface);
  destination.set_lab(true);
  v1::Endpoint& endpoint = *destination.add_endpoints();
  endpoint.set_host("127.0.0.1");
  endpoint.set_port(port);
}

inline v1::Mediation mediation_message(uint8_t number, uint16_t port = 9) {
  v1::Mediation mediation;
  mediation.set_xid(xid_octets(number));
  mediation.set_liid("LIID-TEST");
  mediation.set_authorization_country("AT");
  mediation.set_delivery_country("AT");
  mediation.set_operator_id("OPERATOR");
  mediation.set_hi1_operator_id("OPER");
  mediation.set_user_label("user");
  mediation.mutable_cin()->set_static_cin(7);
  mediation.mutable_profile()->set_security(v1::HANDOVER_SECURITY_PLAIN_LAB);
  set_destination(*mediation.mutable_hi2(), "lea/hi2", v1::HANDOVER_INTERFACE_HI2, port);
  set_destination(*mediation.mutable_hi3(), "lea/hi3", v1::HANDOVER_INTERFACE_HI3, port);
  return mediation;
}

inline v1::Directive directive_message(uint64_t generation, const v1::Tap& tap) {
  v1::Directive directive;
  directive.set_epoch(1);
  directive.set_generation(generation);
  *directive.mutable_tap() = tap;
  return directive;
}

inline v1::Directive directive_message(uint64_t generation, const v1::Mediation& mediation) {
  v1::Directive directive;
  directive.set_epoch(1);
  directive.set_generation(generation);
  *directive.mutable_mediation() = mediation;
  return directive;
}

inline v1::Directive withdrawal_message(uint64_t generation, uint8_t number, v1::WithdrawalReason reason) {
  v1::Directive directive;
  directive.set_epoch(1);
  directive.set_generation(generation);
  directive.mutable_withdrawal()->set_xid(xid_octets(number));
  directive.mutable_withdrawal()->set_reason(reason);
  return directive;
}

inline Result<Directive> parsed(const v1::Directive& message) {
  return parse_directive(as_bytes(message.SerializeAsString()));
}

inline TapDirective tap_of(const v1::Tap& message) {
  return std::get<TapDirective>(parsed(directive_message(1, message))->kind);
}
inline MediationDirective mediation_of(const v1::Mediation& message) {
  return std::get<MediationDirective>(parsed(directive_message(1, message))->kind);
}

}  // namespace lictor
