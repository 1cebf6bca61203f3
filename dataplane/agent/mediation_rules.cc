#include "dataplane/agent/mediation_rules.h"

#include <fmt/format.h>

#include "dataplane/agent/agency_alarm_rules.h"
#include "dataplane/agent/encryption_rules.h"
#include "dataplane/agent/tap_rules.h"
#include "dataplane/agent/timestamp_rules.h"
#include "dataplane/agent/transport_rules.h"
#include "dataplane/trust/handover_digest.h"
#include "encoders/handover/token_bucket.h"
#include "lictor/v1/directive.pb.h"

namespace lictor {
namespace {

constexpr size_t kHostBytesMax = 255;
constexpr size_t kDestinationIdBytesMax = 128;
constexpr size_t kCertificatesBytesMax = size_t{32} << 10;

// Defaults of DeliveryProfile, types.proto.
constexpr uint32_t kLiPsVersion = 33;
constexpr uint32_t kIpAccessVersion = 14;
constexpr uint32_t kKeepaliveIdleS = 120;
constexpr uint32_t kKeepaliveWaitS = 60;

Status refused(std::string_view field, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("mediation.{}: {}", field, why));
}

Status check_bytes(std::string_view field, const std::string& value, size_t min, size_t max) {
  if (value.size() >= min && value.size() <= max) return absl::OkStatus();
  return refused(field, fmt::format("must have {} to {} octets", min, max));
}

Status check_number(std::string_view field, uint32_t value, uint32_t min, uint32_t max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return refused(field, fmt::format("must be {} to {}", min, max));
}

uint32_t or_default(uint32_t value, uint32_t fallback) { return value == 0 ? fallback : value; }

Status first_failure(std::initializer_list<Status> checks) {
  for (const Status& check : checks) {
    if (!check.ok()) return check;
  }
  return absl::OkStatus();
}

Status read_texts(const v1::Mediation& message, EtsiTaskParameters& parameters) {
  parameters.liid = message.liid();
  parameters.authorization_country = message.authorization_country();
  parameters.delivery_country = message.delivery_country();
  parameters.operator_id = message.operator_id();
  parameters.hi1_operator_id = message.hi1_operator_id();
  parameters.user_label = message.user_label();
  return first_failure({check_bytes("liid", parameters.liid, 1, 25),
                        check_bytes("authorization_country", parameters.authorization_country, 2, 2),
                        check_bytes("delivery_country", parameters.delivery_country, 2, 2),
                        check_bytes("operator_id", parameters.operator_id, 1, 16),
                        check_bytes("hi1_operator_id", parameters.hi1_operator_id, 0, 5),
                        check_bytes("user_label", parameters.user_label, 1, 128)});
}

Status read_profile(const v1::DeliveryProfile& profile, MediationDirective& mediation) {
  const uint32_t li_ps = or_default(profile.li_ps_version(), kLiPsVersion);
  const uint32_t ip_access = or_default(profile.ip_access_version(), kIpAccessVersion);
  const uint32_t idle_s = or_default(profile.keepalive_idle_s(), kKeepaliveIdleS);
  const uint32_t wait_s = or_default(profile.keepalive_wait_s(), kKeepaliveWaitS);
  const auto hi1 = static_cast<uint32_t>(profile.hi1());
  const auto series = static_cast<uint32_t>(profile.number_series());
  const auto encoding = static_cast<uint32_t>(profile.encoding());
  Status status = first_failure({check_number("profile.li_ps_version", li_ps, 1, 127),
                                 check_number("profile.ip_access_version", ip_access, 1, 127),
                                 check_number("profile.keepalive_idle_s", idle_s, 5, 3600),
                                 check_number("profile.keepalive_wait_s", wait_s, 1, 3600),
                                 check_number("profile.hi1", hi1, 0, v1::HI1_MODE_OFF),
                                 check_number("profile.number_series", series, 0, v1::NUMBER_SERIES_LIID),
                                 check_number("profile.encoding", encoding, 0, v1::RECORD_ENCODING_BER)});
  if (!status.ok()) return status;
  EtsiTaskParameters& parameters = mediation.parameters;
  parameters.li_ps_version = static_cast<uint8_t>(li_ps);
  parameters.ip_access_version = static_cast<uint8_t>(ip_access);
  if (profile.encoding() == v1::RECORD_ENCODING_BER) parameters.lengths = Lengths::kWide;
  mediation.keepalive = {.on = !profile.keepalive_off(), .idle_ms = idle_s * 1000, .wait_ms = wait_s * 1000};
  mediation.numbers_by_liid = profile.number_series() == v1::NUMBER_SERIES_LIID;
  mediation.hi1 = profile.hi1() != v1::HI1_MODE_OFF;
  mediation.hi1_target_information = profile.hi1_target_information();
  mediation.left_out = {.comfort_noise = profile.leave_out_comfort_noise(),
                        .telephone_events = profile.leave_out_telephone_events()};
  return absl::OkStatus();
}

Status read_confirm(const v1::DeliveryProfile& profile, ConfirmPlan& confirm) {
  const v1::ConfirmProfile& from = profile.confirm();
  const auto level = static_cast<uint32_t>(from.level());
  const uint32_t kib = or_default(from.interval_kib(), static_cast<uint32_t>(confirm.interval_bytes >> 10));
  confirm.interval_bytes = uint64_t{kib} << 10;
  confirm.interval_ms = or_default(from.interval_ms(), confirm.interval_ms);
  confirm.fallback_ms = or_default(from.fallback_ms(), confirm.fallback_ms);
  confirm.resends_max = or_default(from.resends_max(), confirm.resends_max);
  confirm.negotiate_ms = or_default(from.negotiate_ms(), confirm.negotiate_ms);
  if (from.level() == v1::CONFIRM_LEVEL_WRITTEN) confirm.level = ConfirmLevel::kWritten;
  if (from.level() == v1::CONFIRM_LEVEL_TRANSPORTED) confirm.level = ConfirmLevel::kTransported;
  if (from.level() == v1::CONFIRM_LEVEL_ACKNOWLEDGED) confirm.level = ConfirmLevel::kAcknowledged;
  return first_failure({check_number("profile.confirm.level", level, 0, v1::CONFIRM_LEVEL_ACKNOWLEDGED),
                        check_number("profile.confirm.interval_kib", kib, 16, 1 << 20),
                        check_number("profile.confirm.interval_ms", confirm.interval_ms, 10, 60'000),
                        check_number("profile.confirm.fallback_ms", confirm.fallback_ms, 100, 600'000),
                        check_number("profile.confirm.resends_max", confirm.resends_max, 1, 1000),
                        check_number("profile.confirm.negotiate_ms", confirm.negotiate_ms, 100, 60'000)});
}

HashAlgorithm hash_of(v1::HashMethod method) {
  if (method == v1::HASH_METHOD_SHA512) return HashAlgorithm::kSha512;
  return method == v1::HASH_METHOD_SHA384 ? HashAlgorithm::kSha384 : HashAlgorithm::kSha256;
}

SignatureCovers covers_of(v1::SignatureCovers covers) {
  if (covers == v1::SIGNATURE_COVERS_LIST) return SignatureCovers::kList;
  return covers == v1::SIGNATURE_COVERS_DIGESTS ? SignatureCovers::kDigests : SignatureCovers::kHashPdus;
}

Status read_integrity(const v1::IntegrityProfile& from, MediationDirective& mediation) {
  IntegrityPlan plan;
  plan.hash = hash_of(from.hash());
  plan.hash_records = or_default(from.hash_records(), plan.hash_records);
  plan.hash_ms = or_default(from.hash_ms(), plan.hash_ms);
  plan.signature_hashes = or_default(from.signature_hashes(), plan.signature_hashes);
  plan.signature_ms = or_default(from.signature_ms(), plan.signature_ms);
  plan.covers = covers_of(from.signature_covers());
  plan.before_encryption = from.before_encryption();
  plan.first_number = from.numbers_from_1() ? 1 : 0;
  const auto hash = static_cast<uint32_t>(from.hash());
  const auto covers = static_cast<uint32_t>(from.signature_covers());
  Status status = first_failure(
      {check_number("profile.integrity.hash", hash, 0, v1::HASH_METHOD_SHA512),
       check_number("profile.integrity.signature_covers", covers, 0, v1::SIGNATURE_COVERS_LIST),
       check_number("profile.integrity.hash_records", plan.hash_records, 1, IntegrityPlan::kHashRecordsMax),
       check_number("profile.integrity.hash_ms", plan.hash_ms, 10, 600'000),
       check_number("profile.integrity.signature_hashes", plan.signature_hashes, 1, IntegrityPlan::kSignatureHashesMax),
       check_number("profile.integrity.signature_ms", plan.signature_ms, 10, 3'600'000),
       check_bytes("profile.integrity.signing_key", from.signing_key(), 0, kHostBytesMax)});
  if (!status.ok()) return status;
  if (!from.on() && !from.signing_key().empty()) return refused("profile.integrity.signing_key", "needs hashes");
  if (!from.on()) return status;
  mediation.integrity = plan;
  mediation.signing_key = from.signing_key();
  return status;
}

Status read_pacing(const v1::Mediation& message, PacingDirective& pacing) {
  const v1::PacingProfile& from = message.profile().pacing();
  pacing.destination_bps = from.rate_bps();
  pacing.agency_line_bps = from.line_rate_bps();
  pacing.delivery_bps = message.rate_bps();
  pacing.rate_seconds = or_default(from.rate_seconds(), pacing.rate_seconds);
  const auto check_rate = [](std::string_view field, uint64_t bps) {
    const bool fits = bps == 0 || (bps >= TokenBucket::kRateMinBps && bps <= TokenBucket::kRateMaxBps);
    return fits ? absl::OkStatus() : refused(field, "is out of bounds");
  };
  return first_failure({check_rate("profile.pacing.rate_bps", from.rate_bps()),
                        check_rate("profile.pacing.line_rate_bps", from.line_rate_bps()),
                        check_rate("rate_bps", message.rate_bps()),
                        check_number("profile.pacing.rate_seconds", pacing.rate_seconds, 1, 600)});
}

Status read_connections(const v1::DeliveryProfile& profile, MediationDirective& mediation) {
  mediation.connection_per_liid = profile.connections().per_liid();
  mediation.connections_max = or_default(profile.connections().connections_max(), mediation.connections_max);
  AggregationPlan& plan = mediation.aggregation;
  plan.payloads = or_default(profile.aggregation().payloads(), plan.payloads);
  plan.bytes = or_default(profile.aggregation().bytes(), plan.bytes);
  plan.ms = or_default(profile.aggregation().ms(), plan.ms);
  return first_failure({check_number("profile.connections.connections_max", mediation.connections_max, 1, 1024),
                        check_number("profile.aggregation.payloads", plan.payloads, 1, AggregationPlan::kPayloadsMax),
                        check_number("profile.aggregation.bytes", plan.bytes, 1024, AggregationPlan::kBytesMax),
                        check_number("profile.aggregation.ms", plan.ms, 1, 10'000)});
}

uint8_t nibble_of(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<uint8_t>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<uint8_t>(digit - 'a' + 10);
  return digit >= 'A' && digit <= 'F' ? static_cast<uint8_t>(digit - 'A' + 10) : UINT8_MAX;
}

// "cert:" or "spki:" and 64 hexadecimal digits; nothing for anything else.
std::optional<CertificatePin> read_pin(std::string_view text) {
  CertificatePin pin;
  if (text.starts_with("spki:")) {
    pin.of = CertificatePin::Of::kPublicKey;
  } else if (!text.starts_with("cert:")) {
    return std::nullopt;
  }
  text.remove_prefix(5);
  if (text.size() != 2 * pin.sha256.size()) return std::nullopt;
  for (size_t i = 0; i < pin.sha256.size(); ++i) {
    const uint8_t high = nibble_of(text[2 * i]);
    const uint8_t low = nibble_of(text[2 * i + 1]);
    if (high == UINT8_MAX || low == UINT8_MAX) return std::nullopt;
    pin.sha256[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return pin;
}

Status read_security(const v1::DeliveryProfile& profile, SecurityPlan& security) {
  switch (profile.security()) {
    case v1::HANDOVER_SECURITY_UNSPECIFIED:
    case v1::HANDOVER_SECURITY_TLS:
      security.kind = HandoverSecurity::kTls;
      break;
    case v1::HANDOVER_SECURITY_PLAIN_LAB:
      security.kind = HandoverSecurity::kPlainLab;
      break;
    case v1::HANDOVER_SECURITY_PLAIN_IN_IPSEC:
      security.kind = HandoverSecurity::kPlainInIpsec;
      break;
    default:
      return refused("profile.security", "is not known");
  }
  const v1::TlsProfile& tls = profile.tls();
  if (!tls.credential().empty()) security.tls.credential = tls.credential();
  security.tls.allow_1_2 = tls.allow_1_2();
  security.tls.server_name = tls.server_name();
  security.tls.check_name = !tls.server_name_off();
  if (tls.pins_size() > static_cast<int>(kPinsMax)) return refused("profile.tls.pins", "too many");
  for (const std::string& text : tls.pins()) {
    const std::optional<CertificatePin> pin = read_pin(text);
    if (!pin) return refused("profile.tls.pins", "one is no pin");
    security.tls.pins.push_back(*pin);
  }
  return first_failure({check_bytes("profile.tls.credential", security.tls.credential, 1, kHostBytesMax),
                        check_bytes("profile.tls.server_name", security.tls.server_name, 0, kHostBytesMax)});
}

// In the clear only to what the message calls a laboratory's; whether that is believed says FleetSession.
Status check_plain(const MediationDirective& mediation) {
  const auto is_lab = [](const std::optional<DestinationSpec>& spec) { return !spec || spec->lab; };
  if (mediation.security.kind != HandoverSecurity::kPlainLab) return absl::OkStatus();
  if (mediation.hi3 && mediation.hi3->is_files) return absl::OkStatus();  // they are never in the clear
  if (is_lab(mediation.hi2) && is_lab(mediation.hi3)) return absl::OkStatus();
  return refused("profile.security", "plain-lab is for destinations that are marked as lab");
}

// "agency/id"; both name the directory, unless the message says another name. The handover judges them.
DestinationSpec read_directory(const v1::Destination& message) {
  const size_t slash = std::min(message.id().find('/'), message.id().size());
  DestinationSpec destination{.id = message.id(), .endpoints = {}, .lab = message.lab(), .is_files = true};
  destination.agency = message.id().substr(0, slash);
  destination.directory = message.directory();
  if (destination.directory.empty() && slash < message.id().size())
    destination.directory = message.id().substr(slash + 1);
  return destination;
}

Result<DestinationSpec> read_destination(std::string_view field, const v1::Destination& message,
                                         v1::HandoverInterface interface) {
  const auto wrong = [&](std::string_view member, std::string_view why) {
    return refused(fmt::format("{}.{}", field, member), why);
  };
  if (message.id().empty() || message.id().size() > kDestinationIdBytesMax)
    return wrong("id", "must have 1 to 128 octets");
  if (message.interface() != interface) return wrong("interface", "is not this side's");
  if (!v1::DestinationKind_IsValid(message.kind())) return wrong("kind", "is not known");
  if (message.kind() == v1::DESTINATION_KIND_PCAPNG) {
    if (!message.endpoints().empty()) return wrong("endpoints", "a directory has none");
    if (interface != v1::HANDOVER_INTERFACE_HI3) return wrong("kind", "is for hi3");
    return read_directory(message);
  }
  if (!message.directory().empty()) return wrong("directory", "is for the kind pcapng");
  if (message.endpoints().empty()) return wrong("endpoints", "none");
  if (message.endpoints_size() > static_cast<int>(kEndpointsMax)) return wrong("endpoints", "too many");
  DestinationSpec destination{.id = message.id(), .endpoints = {}, .lab = message.lab()};
  for (const v1::Endpoint& endpoint : message.endpoints()) {
    if (endpoint.host().empty() || endpoint.host().size() > kHostBytesMax)
      return wrong("endpoints", "a host is missing");
    if (endpoint.port() == 0 || endpoint.port() > UINT16_MAX) return wrong("endpoints", "a port must be 1 to 65535");
    destination.endpoints.push_back({.host = endpoint.host(), .port = static_cast<uint16_t>(endpoint.port())});
  }
  return destination;
}

Status read_destinations(const v1::Mediation& message, MediationDirective& mediation) {
  if (!message.has_hi2() && !message.has_hi3()) return refused("hi2", "there is neither an HI2 nor an HI3 destination");
  if (message.has_hi2()) {
    Result<DestinationSpec> hi2 = read_destination("hi2", message.hi2(), v1::HANDOVER_INTERFACE_HI2);
    if (!hi2.ok()) return hi2.status();
    mediation.hi2 = *std::move(hi2);
  }
  if (message.has_hi3()) {
    Result<DestinationSpec> hi3 = read_destination("hi3", message.hi3(), v1::HANDOVER_INTERFACE_HI3);
    if (!hi3.ok()) return hi3.status();
    mediation.hi3 = *std::move(hi3);
  }
  return absl::OkStatus();
}

// Files take everything that a warrant orders, prove themselves, and are encrypted as such.
Status read_files(const v1::PcapngProfile& from, MediationDirective& mediation) {
  if (!mediation.hi3 || !mediation.hi3->is_files) return absl::OkStatus();
  if (mediation.hi2) return refused("hi2", "there is none beside a pcapng destination");
  mediation.numbers_by_liid = false;
  mediation.integrity.reset();
  mediation.signing_key.clear();
  mediation.payload_key.clear();
  mediation.parameters.payload_key.reset();
  mediation.parameters.encryption = PayloadEncryption::kOff;
  FilePlan& files = mediation.files;
  const uint32_t kib = or_default(from.file_kib(), static_cast<uint32_t>(files.bytes >> 10));
  files.bytes = uint64_t{kib} << 10;
  files.seconds = or_default(from.file_seconds(), files.seconds);
  files.certificates = from.certificates();
  return first_failure({check_number("profile.pcapng.file_kib", kib, 64, 4 << 20),
                        check_number("profile.pcapng.file_seconds", files.seconds, 1, 86'400),
                        check_bytes("profile.pcapng.certificates", files.certificates, 1, kCertificatesBytesMax)});
}

}  // namespace

Result<MediationDirective> read_mediation(v1::Mediation& message) {
  MediationDirective mediation;
  if (Status status = take_keys(message, mediation); !status.ok()) return status;
  const Result<Xid> xid = Xid::from_octets(as_bytes(message.xid()));
  if (!xid.ok()) return refused("xid", "must be 16 octets");
  mediation.xid = *xid;
  mediation.draining = message.draining();
  if (Status status = read_texts(message, mediation.parameters); !status.ok()) return status;
  const auto access = static_cast<uint32_t>(message.internet_access_type());
  Status status = check_number("internet_access_type", access, 0, v1::INTERNET_ACCESS_TYPE_WIRELESS_OTHER);
  if (!status.ok()) return status;
  // On the wire a value is one more than ETSI's; not said is ETSI's "undefined", 0.
  mediation.parameters.internet_access_type = static_cast<uint8_t>(access == 0 ? 0 : access - 1);
  mediation.parameters.cin = message.cin().static_cin();
  mediation.reset_first = message.cin().reset_first();
  mediation.cins = {.first = message.cin().leased_first(), .count = message.cin().leased_count()};
  if (mediation.cins.count > 0 && mediation.cins.first > UINT32_MAX - (mediation.cins.count - 1))
    return refused("cin.leased_count", "goes beyond the last CIN");
  mediation.parameters.session_iri.location = message.location();
  mediation.parameters.session_iri.raw_aaa = message.raw_aaa();
  mediation.redirected_calls = message.redirected_calls();
  if (status = read_profile(message.profile(), mediation); !status.ok()) return status;
  if (status = read_timestamps(message.profile(), mediation.parameters); !status.ok()) return status;
  if (status = read_agency_alarms(message.profile().agency_alarms(), mediation); !status.ok()) return status;
  if (status = read_security(message.profile(), mediation.security); !status.ok()) return status;
  if (status = read_transport(message.profile(), mediation); !status.ok()) return status;
  if (status = read_pacing(message, mediation.pacing); !status.ok()) return status;
  if (status = read_connections(message.profile(), mediation); !status.ok()) return status;
  if (status = read_encryption(message.profile().encryption(), mediation); !status.ok()) return status;
  if (status = read_integrity(message.profile().integrity(), mediation); !status.ok()) return status;
  if (status = read_confirm(message.profile(), mediation.confirm); !status.ok()) return status;
  if (status = read_destinations(message, mediation); !status.ok()) return status;
  if (status = read_files(message.profile().pcapng(), mediation); !status.ok()) return status;
  if (status = check_plain(mediation); !status.ok()) return status;
  mediation.order = read_evidence(message.order());
  mediation.handover = handover_digest(message, HandoverVersion::kSecond);
  // More CINs change nothing of a task that runs.
  message.mutable_cin()->clear_leased_first();
  message.mutable_cin()->clear_leased_count();
  mediation.octets = message.SerializeAsString();
  return mediation;
}

}  // namespace lictor
