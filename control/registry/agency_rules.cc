// The rules for agencies, a function for each part of one.
#include "control/registry/agency_rules.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <utility>

#include "control/registry/certificate_rules.h"
#include "control/registry/liid.h"
#include "control/registry/payload_key_rules.h"
#include "control/registry/text_rules.h"
#include "control/registry/violations.h"
#include "dataplane/base/local_time.h"

namespace lictor::control {
namespace {

constexpr size_t kDestinationIdMax = 63;
constexpr uint32_t kModuleVersionMax = 127;  // the last arc of the module's OID stays one octet

void check_endpoint(const v1::Endpoint& endpoint, const std::string& field, Violations& violations) {
  violations.expect(is_host(endpoint.host()), field + ".host", "must be an IP address or a host name");
  violations.expect(endpoint.port() >= 1 && endpoint.port() <= 65535, field + ".port", "must be 1 to 65535");
}

// A directory: what names its place, and nothing of what a connection has.
void check_pcapng(const v1::Destination& destination, const std::string& field, Violations& violations) {
  violations.expect(destination.interface() == v1::HANDOVER_INTERFACE_HI3, field + ".interface",
                    "must be HI3: a pcapng destination takes events together with content");
  violations.expect(destination.endpoints().empty(), field + ".endpoints", "a pcapng destination has none");
  const std::string& directory = directory_of(destination);
  violations.expect(is_name(directory, kDestinationIdMax) && !directory.starts_with('.'), field + ".directory",
                    fmt::format("must be 1 to {} of A-Z a-z 0-9 . _ : - without a dot in front", kDestinationIdMax));
}

void check_destination(const v1::Destination& destination, const std::string& field, Violations& violations) {
  violations.expect(is_name(destination.id(), kDestinationIdMax), field + ".id",
                    fmt::format("must be 1 to {} of A-Z a-z 0-9 . _ : -", kDestinationIdMax));
  violations.expect(
      destination.interface() == v1::HANDOVER_INTERFACE_HI2 || destination.interface() == v1::HANDOVER_INTERFACE_HI3,
      field + ".interface", "must be HI2 or HI3");
  violations.expect(v1::DestinationKind_IsValid(destination.kind()), field + ".kind", "unknown value");
  if (is_pcapng(destination)) return check_pcapng(destination, field, violations);
  violations.expect(destination.directory().empty(), field + ".directory", "is for the kind pcapng");
  const int count = destination.endpoints_size();
  if (!violations.expect(count >= 1 && count <= kEndpointsPerDestinationMax, field + ".endpoints",
                         fmt::format("must be 1 to {}", kEndpointsPerDestinationMax)))
    return;
  std::set<std::pair<std::string, uint32_t>> seen;
  for (int i = 0; i < count; ++i) {
    const v1::Endpoint& endpoint = destination.endpoints(i);
    const std::string path = fmt::format("{}.endpoints[{}]", field, i);
    check_endpoint(endpoint, path, violations);
    violations.expect(seen.emplace(endpoint.host(), endpoint.port()).second, path, "is there twice");
  }
}

bool is_pin(const std::string& pin) {
  constexpr size_t kDigits = 64;  // of a SHA-256
  const bool known = pin.starts_with("cert:") || pin.starts_with("spki:");
  return known && pin.size() == 5 + kDigits &&
         std::all_of(pin.begin() + 5, pin.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

void check_tls(const v1::TlsProfile& tls, Violations& violations) {
  const std::string path = "agency.profile.tls.";
  violations.expect(tls.credential().empty() || is_name(tls.credential(), kDestinationIdMax), path + "credential",
                    fmt::format("must be 1 to {} of A-Z a-z 0-9 . _ : -", kDestinationIdMax));
  violations.expect(tls.pins_size() <= kPinsPerAgencyMax, path + "pins", fmt::format("at most {}", kPinsPerAgencyMax));
  for (int i = 0; i < std::min(tls.pins_size(), kPinsPerAgencyMax); ++i)
    violations.expect(is_pin(tls.pins(i)), fmt::format("{}pins[{}]", path, i),
                      "must be cert: or spki: and the 64 hexadecimal digits of a SHA-256");
  violations.expect(tls.server_name().empty() || is_host(tls.server_name()), path + "server_name",
                    "must be an IP address or a host name");
  violations.expect(tls.server_name().empty() || !tls.server_name_off(), path + "server_name_off",
                    "contradicts server_name");
}

// In the clear only towards those that every other rule takes for a laboratory's.
void check_security(const v1::Agency& agency, Violations& violations) {
  const v1::HandoverSecurity security = agency.profile().security();
  violations.expect(v1::HandoverSecurity_IsValid(security), "agency.profile.security", "unknown value");
  const auto& destinations = agency.destinations();
  const bool lab = std::all_of(destinations.begin(), destinations.end(), [](const auto& one) { return one.lab(); });
  violations.expect(security != v1::HANDOVER_SECURITY_PLAIN_LAB || lab, "agency.profile.security",
                    "plain-lab is for destinations that are marked as lab");
  check_tls(agency.profile().tls(), violations);
}

void check_profile(const v1::DeliveryProfile& profile, Violations& violations) {
  const auto in_bounds = [&](uint32_t value, uint32_t min, uint32_t max, const char* field) {
    violations.expect(value == 0 || (value >= min && value <= max), fmt::format("agency.profile.{}", field),
                      fmt::format("must be {} to {}, or 0 for the default", min, max));
  };
  in_bounds(profile.li_ps_version(), 1, kModuleVersionMax, "li_ps_version");
  in_bounds(profile.ip_access_version(), 1, kModuleVersionMax, "ip_access_version");
  in_bounds(profile.keepalive_idle_s(), 5, 3600, "keepalive_idle_s");
  in_bounds(profile.keepalive_wait_s(), 1, 3600, "keepalive_wait_s");
  const v1::ConfirmProfile& confirm = profile.confirm();
  violations.expect(v1::ConfirmLevel_IsValid(confirm.level()), "agency.profile.confirm.level", "unknown value");
  violations.expect(confirm.level() != v1::CONFIRM_LEVEL_READ || !profile.keepalive_off(),
                    "agency.profile.confirm.level", "read needs keepalives");
  in_bounds(confirm.interval_kib(), 16, 1 << 20, "confirm.interval_kib");
  in_bounds(confirm.interval_ms(), 10, 60'000, "confirm.interval_ms");
  in_bounds(confirm.fallback_ms(), 100, 600'000, "confirm.fallback_ms");
  in_bounds(confirm.resends_max(), 1, 1000, "confirm.resends_max");
  in_bounds(confirm.negotiate_ms(), 100, 60'000, "confirm.negotiate_ms");
  violations.expect(v1::TimestampForm_IsValid(profile.timestamp_form()), "agency.profile.timestamp_form",
                    "unknown value");
  if (!profile.test_liid().empty())
    if (const Result<std::string> liid = parse_liid(profile.test_liid()); !liid.ok())
      violations.add("agency.profile.test_liid", std::string(liid.status().message()));
  violations.expect(v1::Hi1Mode_IsValid(profile.hi1()), "agency.profile.hi1", "unknown value");
  violations.expect(v1::CinPolicy_IsValid(profile.cin_policy()), "agency.profile.cin_policy", "unknown value");
  violations.expect(v1::NumberSeries_IsValid(profile.number_series()), "agency.profile.number_series", "unknown value");
  violations.expect(v1::RecordEncoding_IsValid(profile.encoding()), "agency.profile.encoding", "unknown value");
}

void check_local_time(const v1::DeliveryProfile& profile, Violations& violations) {
  const v1::LocalTimeProfile& from = profile.local_time();
  if (from.kind_case() == v1::LocalTimeProfile::KIND_NOT_SET) return;
  const std::string path = "agency.profile.local_time";
  violations.expect(profile.timestamp_form() == v1::TIMESTAMP_FORM_GENERALIZED, path,
                    "only generalized time stamps have one");
  const Result<LocalTime> local =
      from.has_zone() ? LocalTime::in_zone(from.zone()) : LocalTime::at_offset(from.offset_minutes());
  if (!local.ok())
    violations.add(path + (from.has_zone() ? ".zone" : ".offset_minutes"), std::string(local.status().message()));
}

void check_agency_alarms(const v1::AgencyAlarmProfile& alarms, Violations& violations) {
  constexpr uint32_t kAgeMaxS = 604'800;  // a week
  violations.expect(v1::AgencyAlarmForm_IsValid(alarms.form()), "agency.profile.agency_alarms.form", "unknown value");
  violations.expect(alarms.backlog_records() != 1, "agency.profile.agency_alarms.backlog_records",
                    "must be 2 or more, or 0: what tells of it is a record, too");
  violations.expect(alarms.backlog_age_s() <= kAgeMaxS, "agency.profile.agency_alarms.backlog_age_s",
                    fmt::format("must be at most {}", kAgeMaxS));
}

void check_integrity(const v1::IntegrityProfile& integrity, Violations& violations) {
  const auto expect = [&](bool holds, const char* field, const std::string& why) {
    violations.expect(holds, fmt::format("agency.profile.integrity.{}", field), why);
  };
  const auto in_bounds = [&](uint32_t value, uint32_t min, uint32_t max, const char* field) {
    expect(value == 0 || (value >= min && value <= max), field,
           fmt::format("must be {} to {}, or 0 for the default", min, max));
  };
  expect(v1::HashMethod_IsValid(integrity.hash()), "hash", "unknown value");
  expect(v1::SignatureCovers_IsValid(integrity.signature_covers()), "signature_covers", "unknown value");
  in_bounds(integrity.hash_records(), 1, 4096, "hash_records");
  in_bounds(integrity.hash_ms(), 10, 600'000, "hash_ms");
  in_bounds(integrity.signature_hashes(), 1, 1024, "signature_hashes");
  in_bounds(integrity.signature_ms(), 10, 3'600'000, "signature_ms");
  expect(integrity.signing_key().empty() || is_name(integrity.signing_key(), kDestinationIdMax), "signing_key",
         fmt::format("must be 1 to {} of A-Z a-z 0-9 . _ : -", kDestinationIdMax));
  expect(integrity.signing_key().empty() || integrity.on(), "signing_key", "signatures need hashes: on is not set");
}

bool is_address(const std::string& text) {
  in6_addr octets;
  return inet_pton(AF_INET, text.c_str(), &octets) == 1 || inet_pton(AF_INET6, text.c_str(), &octets) == 1;
}

void check_transport(const v1::TransportProfile& transport, Violations& violations) {
  const auto in_bounds = [&](uint32_t value, uint32_t min, uint32_t max, const char* field) {
    violations.expect(value == 0 || (value >= min && value <= max), fmt::format("agency.profile.transport.{}", field),
                      fmt::format("must be {} to {}, or 0 for the default", min, max));
  };
  violations.expect(transport.source_address().empty() || is_address(transport.source_address()),
                    "agency.profile.transport.source_address", "must be an IP address");
  in_bounds(transport.keepalive_idle_s(), 1, 7200, "keepalive_idle_s");
  in_bounds(transport.keepalive_interval_s(), 1, 7200, "keepalive_interval_s");
  in_bounds(transport.keepalive_probes(), 1, 100, "keepalive_probes");
  in_bounds(transport.send_buffer_kib(), 16, 262'144, "send_buffer_kib");
  in_bounds(transport.receive_buffer_kib(), 16, 262'144, "receive_buffer_kib");
}

void check_pacing(const v1::PacingProfile& pacing, Violations& violations) {
  const std::string path = "agency.profile.pacing.";
  const std::string bounds = fmt::format("must be {} to {} bits a second, or 0", kRateMinBps, kRateMaxBps);
  violations.expect(is_rate(pacing.rate_bps()), path + "rate_bps", bounds);
  violations.expect(is_rate(pacing.line_rate_bps()), path + "line_rate_bps", bounds);
  violations.expect(pacing.rate_seconds() <= 600, path + "rate_seconds", "must be 1 to 600, or 0 for the default");
}

void check_keepalive_style(const v1::KeepaliveStyle& style, Violations& violations) {
  const std::string& liid = style.liid();
  const bool printable = std::all_of(liid.begin(), liid.end(), [](char c) { return c >= '!' && c <= '~'; });
  violations.expect(liid.size() <= 25 && printable, "agency.profile.keepalive_style.liid",
                    "must be at most 25 printable ASCII characters");
}

void check_files(const v1::Agency& agency, Violations& violations) {
  const v1::PcapngProfile& pcapng = agency.profile().pcapng();
  const auto in_bounds = [&](uint32_t value, uint32_t min, uint32_t max, const char* field) {
    violations.expect(value == 0 || (value >= min && value <= max), fmt::format("agency.profile.pcapng.{}", field),
                      fmt::format("must be {} to {}, or 0 for the default", min, max));
  };
  in_bounds(pcapng.file_kib(), 64, 4 << 20, "file_kib");
  in_bounds(pcapng.file_seconds(), 1, 86'400, "file_seconds");
  const std::string field = "agency.profile.pcapng.certificates";
  std::set<std::string> directories;
  for (int i = 0; i < agency.destinations_size(); ++i) {
    if (!is_pcapng(agency.destinations(i))) continue;
    violations.expect(directories.insert(directory_of(agency.destinations(i))).second,
                      fmt::format("agency.destinations[{}].directory", i), "is another destination's too");
  }
  if (pcapng.certificates().empty()) {
    violations.expect(directories.empty(), field, "missing: there is a pcapng destination");
    return;
  }
  if (const Status status = check_certificates(pcapng.certificates()); !status.ok())
    violations.expect(false, field, std::string(status.message()));
}

void check_connections(const v1::DeliveryProfile& profile, Violations& violations) {
  const auto in_bounds = [&](uint32_t value, uint32_t min, uint32_t max, const char* field) {
    violations.expect(value == 0 || (value >= min && value <= max), fmt::format("agency.profile.{}", field),
                      fmt::format("must be {} to {}, or 0 for the default", min, max));
  };
  in_bounds(profile.connections().connections_max(), 1, 1024, "connections.connections_max");
  in_bounds(profile.aggregation().payloads(), 1, 256, "aggregation.payloads");
  in_bounds(profile.aggregation().bytes(), 1024, 65'536, "aggregation.bytes");
  in_bounds(profile.aggregation().ms(), 1, 10'000, "aggregation.ms");
}

}  // namespace

bool is_rate(uint64_t bps) { return bps == 0 || (bps >= kRateMinBps && bps <= kRateMaxBps); }

Status check_agency(const v1::Agency& agency) {
  Violations violations;
  violations.expect(is_agency_id(agency.id()), "agency.id", "must be 1 to 63 of a-z 0-9 -");
  violations.expect(is_text(agency.name(), 1, 128), "agency.name",
                    "must be 1 to 128 characters without control characters or blanks at the ends");
  violations.expect(is_country(agency.country_code()), "agency.country_code",
                    "must be two of A-Z (ISO 3166-1 alpha-2)");
  check_profile(agency.profile(), violations);
  check_local_time(agency.profile(), violations);
  check_agency_alarms(agency.profile().agency_alarms(), violations);
  check_security(agency, violations);
  check_integrity(agency.profile().integrity(), violations);
  check_encryption(agency.profile().encryption(), violations);
  check_transport(agency.profile().transport(), violations);
  check_keepalive_style(agency.profile().keepalive_style(), violations);
  check_files(agency, violations);
  check_pacing(agency.profile().pacing(), violations);
  check_connections(agency.profile(), violations);
  if (!violations.expect(agency.destinations_size() <= kDestinationsPerAgencyMax, "agency.destinations",
                         fmt::format("at most {}", kDestinationsPerAgencyMax)))
    return violations.status();
  std::set<std::string> ids;
  for (int i = 0; i < agency.destinations_size(); ++i) {
    const std::string field = fmt::format("agency.destinations[{}]", i);
    check_destination(agency.destinations(i), field, violations);
    violations.expect(ids.insert(agency.destinations(i).id()).second, field + ".id", "is there twice");
  }
  return violations.status();
}

bool is_pcapng(const v1::Destination& destination) { return destination.kind() == v1::DESTINATION_KIND_PCAPNG; }

const std::string& directory_of(const v1::Destination& destination) {
  return destination.directory().empty() ? destination.id() : destination.directory();
}

const v1::Destination* find_destination(const v1::Agency& agency, const std::string& id) {
  for (const v1::Destination& destination : agency.destinations())
    if (destination.id() == id) return &destination;
  return nullptr;
}

std::vector<const v1::Destination*> destinations_on(const v1::Agency& agency, v1::HandoverInterface interface) {
  std::vector<const v1::Destination*> found;
  for (const v1::Destination& destination : agency.destinations())
    if (destination.interface() == interface) found.push_back(&destination);
  return found;
}

}  // namespace lictor::control
