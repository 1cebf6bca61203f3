// The rules for warrants, a function for each group of fields. Pure functions.
#include "control/registry/warrant_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "control/access/desks.h"
#include "control/registry/delivery_rules.h"
#include "control/registry/liid.h"
#include "control/registry/payload_key_rules.h"
#include "control/registry/secret_octets.h"
#include "control/registry/target_rules.h"
#include "control/registry/test_lines.h"
#include "control/registry/text_rules.h"
#include "control/registry/time_text.h"
#include "control/registry/violations.h"
#include "dataplane/base/check.h"

namespace lictor::control {
namespace {

constexpr size_t kOperatorIdMax = 16;
constexpr size_t kHi1OperatorIdMax = 5;  // TS 101 671, Operator-Identifier
constexpr size_t kUserLabelMax = 128;
constexpr int64_t kNanosecondsPerDay = 86'400 * kNanosecondsPerSecond;

void check_liid(v1::Warrant& warrant, const v1::Warrant* stored, Violations& violations) {
  if (stored == nullptr) {
    if (const Result<std::string> liid = parse_liid(warrant.liid()); !liid.ok())
      violations.add("warrant.liid", std::string(liid.status().message()));
    return;
  }
  violations.expect(warrant.liid().empty() || warrant.liid() == stored->liid(), "warrant.liid", "cannot be changed");
  warrant.set_liid(stored->liid());
}

void check_agency_id(v1::Warrant& warrant, const WarrantContext& context, Violations& violations) {
  if (context.stored != nullptr) {
    violations.expect(warrant.agency_id().empty() || warrant.agency_id() == context.stored->agency_id(),
                      "warrant.agency_id", "cannot be changed");
    warrant.set_agency_id(context.stored->agency_id());
    return;
  }
  if (violations.expect(!warrant.agency_id().empty(), "warrant.agency_id", "missing"))
    violations.expect(context.agency != nullptr, "warrant.agency_id", "unknown agency");
}

void check_order(v1::Warrant& warrant, const v1::Agency* agency, Violations& violations) {
  constexpr const char* kTextRule = "characters without control characters or blanks at the ends";
  violations.expect(is_text(warrant.legal_reference(), 1, 256), "warrant.legal_reference",
                    fmt::format("must be 1 to 256 {}", kTextRule));
  violations.expect(is_text(warrant.authorising_person(), 1, 128), "warrant.authorising_person",
                    fmt::format("must be 1 to 128 {}", kTextRule));
  violations.expect(is_country(warrant.authorization_country()), "warrant.authorization_country",
                    "must be two of A-Z (ISO 3166-1 alpha-2)");
  if (warrant.delivery_country().empty() && agency != nullptr) warrant.set_delivery_country(agency->country_code());
  if (agency != nullptr || !warrant.delivery_country().empty())
    violations.expect(is_country(warrant.delivery_country()), "warrant.delivery_country",
                      "must be two of A-Z (ISO 3166-1 alpha-2)");
}

void check_identities(v1::Warrant& warrant, Violations& violations) {
  const bool operator_is_right =
      violations.expect(is_printable(warrant.operator_id(), 1, kOperatorIdMax), "warrant.operator_id",
                        fmt::format("must be 1 to {} octets of printable ASCII", kOperatorIdMax));
  if (warrant.hi1_operator_id().empty() && operator_is_right) {
    if (violations.expect(warrant.operator_id().size() <= kHi1OperatorIdMax, "warrant.hi1_operator_id",
                          fmt::format("missing: operator_id is longer than {} octets", kHi1OperatorIdMax)))
      warrant.set_hi1_operator_id(warrant.operator_id());
  } else if (!warrant.hi1_operator_id().empty()) {
    violations.expect(is_printable(warrant.hi1_operator_id(), 1, kHi1OperatorIdMax), "warrant.hi1_operator_id",
                      fmt::format("must be 1 to {} octets of printable ASCII", kHi1OperatorIdMax));
  }
  const bool label_is_right = characters_of(warrant.user_label()).has_value() && !warrant.user_label().empty() &&
                              warrant.user_label().size() <= kUserLabelMax;
  violations.expect(label_is_right, "warrant.user_label",
                    fmt::format("must be 1 to {} octets of text without control characters", kUserLabelMax));
  violations.expect(v1::InternetAccessType_IsValid(warrant.internet_access_type()) &&
                        warrant.internet_access_type() != v1::INTERNET_ACCESS_TYPE_UNSPECIFIED,
                    "warrant.internet_access_type", "missing or unknown");
  violations.expect(v1::Content_IsValid(warrant.content()) && warrant.content() != v1::CONTENT_UNSPECIFIED,
                    "warrant.content", "must be IRI, CC or both");
}

std::optional<LegalTime> read_time(const std::string& text, const char* field, Violations& violations) {
  const Result<LegalTime> time = parse_time(text);
  if (time.ok()) return *time;
  violations.add(field, std::string(time.status().message()));
  return std::nullopt;
}

// The start as it counts; nothing where it is wrong.
std::optional<LegalTime> check_start(const v1::Warrant& given, const WarrantContext& context, Violations& violations) {
  if (context.stored != nullptr && is_in_force(context.stored->state())) {
    const LegalTime in_force{window_of(*context.stored).start_unix_ns()};
    if (given.start().empty() || given.start() == context.stored->start()) return in_force;
    if (in_force <= context.now) {
      violations.add("warrant.start", "interception has begun: its start cannot be changed");
      return std::nullopt;
    }
  }
  if (given.start().empty()) return context.now;
  const std::optional<LegalTime> start = read_time(given.start(), "warrant.start", violations);
  return start ? std::optional(std::max(*start, context.now)) : std::nullopt;
}

void check_window(v1::Warrant& warrant, const WarrantContext& context, Violations& violations) {
  const std::optional<LegalTime> start = check_start(warrant, context, violations);
  if (!violations.expect(!warrant.end().empty(), "warrant.end", "missing")) return;
  const std::optional<LegalTime> end = read_time(warrant.end(), "warrant.end", violations);
  if (!end || !violations.expect(*end > context.now, "warrant.end", "is past") || !start) return;
  if (!violations.expect(*end > *start, "warrant.end", "must be after start")) return;
  violations.expect(end->unix_ns - start->unix_ns <= context.policy.duration_days_max * kNanosecondsPerDay,
                    "warrant.end",
                    fmt::format("longer than policy allows ({} days)", context.policy.duration_days_max));
  warrant.set_start(format_time(*start));
  warrant.set_end(format_time(*end));
}

constexpr size_t kSha256Octets = 32;

void check_governance(const v1::Warrant& warrant, const WarrantContext& context, Violations& violations) {
  violations.expect(warrant.desk().empty() || is_desk(warrant.desk()), "warrant.desk", "must be 0 to 63 of a-z 0-9 -");
  violations.expect(warrant.desk().empty() || context.policy.desks || context.stored != nullptr, "warrant.desk",
                    "policy.desks is off: there are none");
  violations.expect(v1::WarrantPurpose_IsValid(warrant.purpose()), "warrant.purpose", "unknown value");
  if (context.stored != nullptr)
    violations.expect(is_test(warrant) == is_test(*context.stored), "warrant.purpose", "cannot be changed");
  if (is_test(warrant)) check_test(warrant, context.policy, violations);
  violations.expect(warrant.order_sha256().empty() || warrant.order_sha256().size() == kSha256Octets,
                    "warrant.order_sha256", "must be 32 octets, or none");
}

}  // namespace

Result<CheckedWarrant> check_warrant(const v1::Warrant& given, const WarrantContext& context) {
  CheckedWarrant checked{.warrant = given, .warnings = {}};
  Violations violations;
  keep_outputs(checked.warrant, context.stored);
  check_agency_id(checked.warrant, context, violations);
  check_liid(checked.warrant, context.stored, violations);
  check_order(checked.warrant, context.agency, violations);
  check_identities(checked.warrant, violations);
  check_window(checked.warrant, context, violations);
  check_targets(checked.warrant, context.policy, violations, checked.warnings);
  check_exclusions(checked.warrant, violations, checked.warnings);
  if (context.agency != nullptr) check_deliveries(checked.warrant, *context.agency, violations, checked.warnings);
  check_governance(checked.warrant, context, violations);
  check_payload_key(given.payload_key(), context.agency, "warrant.payload_key", violations);
  SecretOctets::wipe(*checked.warrant.mutable_payload_key());  // what is checked is stored
  if (Status status = violations.status(); !status.ok()) return status;
  return checked;
}

v1::Window window_of(const v1::Warrant& warrant) {
  const Result<LegalTime> start = parse_time(warrant.start());
  const Result<LegalTime> end = parse_time(warrant.end());
  LICTOR_CHECK(start.ok() && end.ok());  // of a checked warrant: format_time wrote them
  v1::Window window;
  window.set_start_unix_ns(start->unix_ns);
  window.set_end_unix_ns(end->unix_ns);
  return window;
}

v1::Window window_in_force(const v1::Warrant& warrant) {
  v1::Window window = window_of(warrant);
  if (warrant.emergency_until_unix_ns() != 0)
    window.set_end_unix_ns(std::min(window.end_unix_ns(), warrant.emergency_until_unix_ns()));
  return window;
}

void clear_outputs(v1::Warrant& warrant) {
  warrant.clear_state();
  warrant.clear_revision();
  warrant.clear_xids();
  warrant.clear_window();
  warrant.clear_version();
  warrant.clear_proposed();
  warrant.clear_filed();
  warrant.clear_submitted();
  warrant.clear_approved();
  warrant.clear_reduced();
  warrant.clear_reviewed();
  warrant.clear_emergency_until_unix_ns();
}

void keep_outputs(v1::Warrant& warrant, const v1::Warrant* stored) {
  clear_outputs(warrant);
  warrant.clear_id();
  if (stored == nullptr) return;
  warrant.set_id(stored->id());
  warrant.set_state(stored->state());
  warrant.set_revision(stored->revision());
  *warrant.mutable_xids() = stored->xids();
  if (stored->has_window()) *warrant.mutable_window() = stored->window();
  warrant.set_version(stored->version());
  if (stored->has_proposed()) *warrant.mutable_proposed() = stored->proposed();
  if (stored->has_filed()) *warrant.mutable_filed() = stored->filed();
  if (stored->has_submitted()) *warrant.mutable_submitted() = stored->submitted();
  if (stored->has_approved()) *warrant.mutable_approved() = stored->approved();
  if (stored->has_reduced()) *warrant.mutable_reduced() = stored->reduced();
  if (stored->has_reviewed()) *warrant.mutable_reviewed() = stored->reviewed();
  warrant.set_emergency_until_unix_ns(stored->emergency_until_unix_ns());
}

bool is_in_force(v1::WarrantState state) {
  return state == v1::WARRANT_STATE_ACTIVE || state == v1::WARRANT_STATE_SUSPENDED;
}

bool is_test(const v1::Warrant& warrant) { return warrant.purpose() == v1::WARRANT_PURPOSE_TEST; }

}  // namespace lictor::control
