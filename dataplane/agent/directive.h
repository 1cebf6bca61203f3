// Directives as the dataplane understands them: parsed from the bytes that lictord signed, every field held against its
// bounds. What is not understood or out of bounds is refused with a reason that names the field and neither a target
// nor a LIID. Pure functions over hostile bytes; any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/cin_ranges.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/identity.h"
#include "dataplane/base/ids.h"
#include "dataplane/packet/ip_prefix.h"
#include "dataplane/packet/parsed_frame.h"
#include "dataplane/packet/target_rule.h"
#include "dataplane/trust/sha256.h"
#include "encoders/encode/aggregation_plan.h"
#include "encoders/encode/alarm_form.h"
#include "encoders/encode/left_out_media.h"
#include "encoders/etsi/task_parameters.h"
#include "encoders/handover/destination.h"
#include "encoders/integrity/integrity_plan.h"
#include "encoders/spool/secret_key.h"

namespace lictor {

constexpr size_t kDirectiveBytesMax = size_t{4} << 20;
constexpr size_t kTargetsPerTapMax = 65536;
constexpr size_t kPatternsPerTapMax = 16;
constexpr size_t kPatternBytesMax = 256;
constexpr size_t kExclusionsPerTapMax = 256;

// Where on the network a target counts; empty: anywhere.
struct TargetScope {
  std::string network_element_id;
  std::string tap_group;
  std::string port;
  uint8_t vlan_count = 0;
  std::array<uint16_t, kVlanTagsMax> vlans{};  // outermost first
  uint32_t label = kNoContext;                 // bottom of the MPLS stack, 20 bits
  uint32_t vni = kNoContext;                   // 24 bits

  friend auto operator<=>(const TargetScope&, const TargetScope&) = default;
};

// An address or prefix: everything that it sends and receives. A flow: of that only what has the protocol, the ports at
// each side and the other side. Ports are narrowed for TCP, UDP and SCTP alone, and both prefixes are of one family. Of
// a MAC address or a line of tags the key, the address and the scope alone say anything.
struct TapTarget {
  IpPrefix prefix;       // the target's side
  uint8_t protocol = 0;  // 0: any
  PortRange target_ports;
  IpPrefix remote;  // the other side; 0 bits: anybody
  PortRange remote_ports;
  TargetScope scope;                // of kVlans its tags are the line
  RuleKey key = RuleKey::kAddress;  // kAddress, kMac or kVlans
  std::array<uint8_t, 6> mac{};

  [[nodiscard]] bool is_flow() const {
    return protocol != 0 || remote.bits != 0 || !target_ports.all() || !remote_ports.all();
  }

  friend auto operator<=>(const TapTarget&, const TapTarget&) = default;
};

// Whom signalling names: what is his by sessions of this name, which a session lcore follows.
struct TapIdentity {
  IdentityKind kind = IdentityKind::kRadiusUser;
  std::string value;  // 1 to kIdentityBytesMax octets, in normal form
  TargetScope scope;

  friend auto operator<=>(const TapIdentity&, const TapIdentity&) = default;
};

// Selects the packet in which a match ends.
struct TapPattern {
  bool expression = false;  // else a literal
  std::string octets;       // 1 to kPatternBytesMax; of an expression Perl's syntax, over octets, "." is any octet
  bool any_case = false;    // ASCII letters match in either case
  bool flow = false;        // that packet and all that follow in its flow, both ways

  friend bool operator==(const TapPattern&, const TapPattern&) = default;
};

// An approver's order that came with a tap or a mediation, as it came: not verified.
struct OrderEvidence {
  std::string octets;  // of the order, as they were signed
  std::string signature;
  std::string certificate;  // DER

  [[nodiscard]] bool is_there() const { return !octets.empty(); }

  friend bool operator==(const OrderEvidence&, const OrderEvidence&) = default;
};

struct TapDirective {
  Xid xid;
  std::vector<TapTarget> targets;
  LegalTime start;
  LegalTime stop;  // min(end of the window, lease)
  bool iri = false;
  bool cc = false;
  bool is_acceptance = false;        // of a run: it has no targets, and its records stand for nobody
  bool frames = false;               // whole frames of its MAC addresses and lines are copied (TS 102 232-4)
  std::vector<TapPattern> patterns;  // none: every packet of the targets; else only what one of these selects
  std::vector<IpPrefix> exclusions;  // what a target exchanges with these is never copied
  OrderEvidence order;
  std::string ordered_by;               // the warrant of the order, once it was verified; empty: nobody asked for one
  std::string octets;                   // the message, to tell a change from a repetition
  std::vector<TapIdentity> identities;  // beside targets

  [[nodiscard]] bool names_nobody() const { return targets.empty() && identities.empty(); }
};

// One destination, as far as a mediation says it.
struct DestinationSpec {
  std::string id;
  std::vector<HandoverEndpoint> endpoints;
  bool lab = false;
  bool is_files = false;  // a directory: no endpoints, and
  std::string agency;     // the two names that its path has
  std::string directory;
};

// Bits a second; 0: no bound, or not known.
struct PacingDirective {
  uint64_t destination_bps = 0;  // of each of the mediation's destinations
  uint64_t delivery_bps = 0;     // of this task's content
  uint64_t agency_line_bps = 0;
  uint32_t rate_seconds = 5;

  // What content can be delivered at.
  [[nodiscard]] uint64_t line_bps() const {
    const uint64_t line = agency_line_bps != 0 ? agency_line_bps : destination_bps;
    return line == 0 || (delivery_bps != 0 && delivery_bps < line) ? delivery_bps : line;
  }
};

// When an agency is told of a backlog; 0: never for that reason.
struct BacklogLimits {
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint32_t age_s = 0;

  friend bool operator==(const BacklogLimits&, const BacklogLimits&) = default;
};

struct MediationDirective {
  Xid xid;
  EtsiTaskParameters parameters;  // what the mediation knows of them, its payload key only where it is the warrant's
  bool reset_first = false;
  bool redirected_calls = false;  // calls that a target has left are followed
  CinLease cins;                  // the newest; what is left of former ones may still be used
  bool numbers_by_liid = false;   // the LIID's series go on over its CINs; of files never
  bool hi1 = true;
  bool hi1_target_information = false;
  AlarmForm alarms = AlarmForm::kHi1;
  BacklogLimits backlog;
  KeepalivePlan keepalive;
  ConfirmPlan confirm;
  SecurityPlan security;
  TcpPlan tcp;
  PacingDirective pacing;
  bool connection_per_liid = false;
  uint32_t connections_max = 64;
  AggregationPlan aggregation;
  LeftOutMedia left_out;
  std::string keepalive_liid = "-";
  bool keepalive_countries = false;
  std::optional<IntegrityPlan> integrity;  // without its key
  std::string signing_key;                 // its name; empty: none
  std::string payload_key;                 // the name of the agency's key for encrypted payloads; empty: none
  std::optional<DestinationSpec> hi2;      // one of the two at least
  std::optional<DestinationSpec> hi3;
  FilePlan files;         // of destinations that are directories; without their names
  SharedKey spool_key;    // null: the message has none
  bool draining = false;  // the task has ended: deliver what was spooled, without a tap
  OrderEvidence order;
  std::string ordered_by;  // as a tap's
  Sha256 handover{};       // what the order is asked for about it (trust/handover_digest.h)
  std::string octets;      // the message without its keys and leased CINs, to tell a change from a repetition
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

// InvalidArgument: what is wrong, "tap.targets[3].prefix.address: must be 4 or 16 octets". A tap or mediation with a
// field that this dataplane does not know is refused too: the field may say to copy less. A withdrawal is taken as far
// as it is known: nothing may keep a tap from ending.
Result<Directive> parse_directive(Bytes octets);

// The generation that the bytes carry, for refusing what could not be parsed; 0 where even that cannot be read.
uint64_t generation_of(Bytes octets);

// The tap that the bytes change, or would if they could be understood.
std::optional<Xid> tap_named_in(Bytes octets);

}  // namespace lictor
