// Directives as the dataplane understands them: parsed from the bytes that lictord signed, every field held against its
// bounds. What is not understood or out of bounds is refused with a reason that names the field and neither a target
// nor a LIID. Pure functions over hostile bytes; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/ids.h"
#include "dataplane/packet/ip_prefix.h"
#include "dataplane/packet/parsed_frame.h"
#include "encoders/etsi/task_parameters.h"
#include "encoders/handover/destination.h"

namespace lictor {

constexpr size_t kDirectiveBytesMax = size_t{4} << 20;
constexpr size_t kTargetsPerTapMax = 65536;

// Where on the network a target counts; empty: anywhere.
struct TargetScope {
  std::string network_element_id;
  std::string tap_group;
  std::string port;
  uint8_t vlan_count = 0;
  std::array<uint16_t, kVlanTagsMax> vlans{};  // outermost first
};

struct TapTarget {
  IpPrefix prefix;
  TargetScope scope;
};

struct TapDirective {
  Xid xid;
  std::vector<TapTarget> targets;
  LegalTime start;
  LegalTime stop;  // min(end of the window, lease)
  bool iri = false;
  bool cc = false;
  std::string octets;  // the message, to tell a change from a repetition
};

// One destination, as far as a mediation says it.
struct DestinationSpec {
  std::string id;
  std::vector<HandoverEndpoint> endpoints;
  bool lab = false;
};

struct MediationDirective {
  Xid xid;
  EtsiTaskParameters parameters;  // what the mediation knows of them
  bool reset_first = false;
  bool hi1 = true;
  bool hi1_target_information = false;
  KeepalivePlan keepalive;
  std::optional<DestinationSpec> hi2;  // one of the two at least
  std::optional<DestinationSpec> hi3;
  std::string octets;  // the message, to tell a change from a repetition
};

struct WithdrawalDirective {
  Xid xid;
  bool revoked = false;  // else ended: what was copied is still delivered
};

struct Directive {
  uint64_t epoch = 0;
  uint64_t generation = 0;
  std::variant<TapDirective, MediationDirective, WithdrawalDirective> kind;
};

// InvalidArgument: what is wrong, "tap.targets[3].prefix.address: must be 4 or 16 octets".
Result<Directive> parse_directive(Bytes octets);

// The generation that the bytes carry, for refusing what could not be parsed; 0 where even that cannot be read.
uint64_t generation_of(Bytes octets);

}  // namespace lictor
