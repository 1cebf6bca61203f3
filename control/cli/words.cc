// Words of the command line to values of the contract and back.
#include "control/cli/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "control/registry/name_selector.h"
#include "control/registry/scope.h"
#include "control/registry/selector.h"
#include "control/registry/time_text.h"
#include "dataplane/base/ids.h"

namespace lictor::control::cli {

const std::map<std::string, v1::Content> kContents = {
    {"iri", v1::CONTENT_IRI}, {"cc", v1::CONTENT_CC}, {"both", v1::CONTENT_IRI_AND_CC}};
const std::map<std::string, v1::InternetAccessType> kAccessTypes = {
    {"undefined", v1::INTERNET_ACCESS_TYPE_UNDEFINED},
    {"dial-up", v1::INTERNET_ACCESS_TYPE_DIAL_UP},
    {"xdsl", v1::INTERNET_ACCESS_TYPE_XDSL},
    {"cable-modem", v1::INTERNET_ACCESS_TYPE_CABLE_MODEM},
    {"lan", v1::INTERNET_ACCESS_TYPE_LAN},
    {"wireless-lan", v1::INTERNET_ACCESS_TYPE_WIRELESS_LAN},
    {"fttx", v1::INTERNET_ACCESS_TYPE_FTTX},
    {"wimax", v1::INTERNET_ACCESS_TYPE_WIMAX},
    {"satellite", v1::INTERNET_ACCESS_TYPE_SATELLITE},
    {"wireless-other", v1::INTERNET_ACCESS_TYPE_WIRELESS_OTHER}};
const std::map<std::string, v1::WarrantState> kWarrantStates = {
    {"filed", v1::WARRANT_STATE_FILED},         {"active", v1::WARRANT_STATE_ACTIVE},
    {"ended", v1::WARRANT_STATE_ENDED},         {"expired", v1::WARRANT_STATE_EXPIRED},
    {"revoked", v1::WARRANT_STATE_REVOKED},     {"suspended", v1::WARRANT_STATE_SUSPENDED},
    {"submitted", v1::WARRANT_STATE_SUBMITTED}, {"approved", v1::WARRANT_STATE_APPROVED}};
const std::map<std::string, v1::TimestampForm> kTimestampForms = {{"microsecond", v1::TIMESTAMP_FORM_MICROSECOND},
                                                                  {"generalized", v1::TIMESTAMP_FORM_GENERALIZED}};
const std::map<std::string, v1::CinPolicy> kCinPolicies = {{"fresh", v1::CIN_POLICY_FRESH},
                                                           {"same", v1::CIN_POLICY_SAME_WITH_RESET}};
const std::map<std::string, v1::NumberSeries> kNumberSeries = {{"cin", v1::NUMBER_SERIES_CIN},
                                                               {"liid", v1::NUMBER_SERIES_LIID}};
const std::map<std::string, v1::RecordEncoding> kRecordEncodings = {{"der", v1::RECORD_ENCODING_DER},
                                                                    {"ber", v1::RECORD_ENCODING_BER}};
const std::map<std::string, v1::Hi1Mode> kHi1Modes = {{"on", v1::HI1_MODE_ON}, {"off", v1::HI1_MODE_OFF}};
const std::map<std::string, v1::ConfirmLevel> kConfirmLevels = {{"written", v1::CONFIRM_LEVEL_WRITTEN},
                                                                {"transported", v1::CONFIRM_LEVEL_TRANSPORTED},
                                                                {"read", v1::CONFIRM_LEVEL_READ},
                                                                {"acknowledged", v1::CONFIRM_LEVEL_ACKNOWLEDGED}};
const std::map<std::string, v1::SeriesKind> kSeriesKinds = {{"IRI", v1::SERIES_KIND_IRI},
                                                            {"CC", v1::SERIES_KIND_CC},
                                                            {"HI1", v1::SERIES_KIND_HI1},
                                                            {"IRI hashes", v1::SERIES_KIND_IRI_HASH},
                                                            {"CC hashes", v1::SERIES_KIND_CC_HASH},
                                                            {"IRI signatures", v1::SERIES_KIND_IRI_SIGNATURE},
                                                            {"CC signatures", v1::SERIES_KIND_CC_SIGNATURE}};
const std::map<std::string, v1::HashMethod> kHashMethods = {
    {"sha256", v1::HASH_METHOD_SHA256}, {"sha384", v1::HASH_METHOD_SHA384}, {"sha512", v1::HASH_METHOD_SHA512}};
const std::map<std::string, v1::PayloadEncryption> kPayloadEncryptions = {
    {"off", v1::PAYLOAD_ENCRYPTION_OFF},
    {"none", v1::PAYLOAD_ENCRYPTION_NONE},
    {"aes192", v1::PAYLOAD_ENCRYPTION_AES_192_CBC},
    {"aes256", v1::PAYLOAD_ENCRYPTION_AES_256_CBC}};
const std::map<std::string, v1::AgencyAlarmForm> kAgencyAlarmForms = {{"hi1", v1::AGENCY_ALARM_FORM_HI1},
                                                                      {"message", v1::AGENCY_ALARM_FORM_MESSAGE},
                                                                      {"both", v1::AGENCY_ALARM_FORM_BOTH},
                                                                      {"off", v1::AGENCY_ALARM_FORM_OFF}};
const std::map<std::string, v1::SignatureCovers> kSignatureCovers = {{"pdus", v1::SIGNATURE_COVERS_HASH_PDUS},
                                                                     {"digests", v1::SIGNATURE_COVERS_DIGESTS},
                                                                     {"list", v1::SIGNATURE_COVERS_LIST}};
const std::map<std::string, v1::HandoverSecurity> kSecurities = {
    {"tls", v1::HANDOVER_SECURITY_TLS},
    {"plain-lab", v1::HANDOVER_SECURITY_PLAIN_LAB},
    {"plain-in-ipsec", v1::HANDOVER_SECURITY_PLAIN_IN_IPSEC}};

namespace {

std::string lower_tail(std::string name, size_t prefix) {
  name.erase(0, std::min(prefix, name.size()));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

// The port behind the last colon; an address in brackets loses them.
Result<v1::Endpoint> parse_endpoint(std::string_view text) {
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  const std::string_view digits = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || colon == 0)
    return absl::InvalidArgumentError("an endpoint is HOST:PORT");
  std::string_view host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  v1::Endpoint endpoint;
  endpoint.set_host(host.data(), host.size());
  endpoint.set_port(port);
  return endpoint;
}

}  // namespace

std::string word_of(v1::TapState state) { return lower_tail(v1::TapState_Name(state), sizeof("TAP_STATE_") - 1); }
std::string word_of(v1::AlarmSeverity severity) {
  return lower_tail(v1::AlarmSeverity_Name(severity), sizeof("ALARM_SEVERITY_") - 1);
}

Result<v1::Destination> parse_destination(const std::string& text, v1::HandoverInterface interface) {
  v1::Destination destination;
  destination.set_interface(interface);
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    const Result<v1::Endpoint> endpoint = parse_endpoint(std::string_view(text).substr(at, comma - at));
    if (!endpoint.ok()) return endpoint.status();
    *destination.add_endpoints() = *endpoint;
    at = comma + 1;
  }
  return destination;
}

std::string format_endpoints(const v1::Destination& destination) {
  std::string text;
  for (const v1::Endpoint& endpoint : destination.endpoints()) {
    const bool colons = endpoint.host().find(':') != std::string::npos;
    text += fmt::format("{}{}{}{}:{}", text.empty() ? "" : ",", colons ? "[" : "", endpoint.host(), colons ? "]" : "",
                        endpoint.port());
  }
  return text;
}

std::string interface_text(v1::DestinationKind kind, v1::HandoverInterface interface) {
  if (kind == v1::DESTINATION_KIND_PCAPNG) return "pcapng";
  return interface == v1::HANDOVER_INTERFACE_HI2 ? "HI2" : "HI3";
}

Result<v1::TargetSpec> parse_target(const std::string& text) {
  const SplitTarget split = split_target(text);
  v1::TargetSpec target;
  target.set_selector(std::string(split.selector));
  if (!split.scope) return target;
  const Result<v1::Scope> scope = parse_scope(*split.scope);
  if (!scope.ok()) return scope.status();
  *target.mutable_scope() = *scope;
  return target;
}

std::string format_target(const v1::TargetSpec& target) {
  const bool needs_scope = !is_any(target.scope()) || split_target(target.selector()).scope;
  return needs_scope ? target.selector() + "@" + format_scope(target.scope()) : target.selector();
}

std::string shown_target(const v1::TargetSpec& target) {
  const Result<Selector> selector = parse_selector(target.selector());
  const auto* const name = selector.ok() ? std::get_if<v1::TapTarget>(&*selector) : nullptr;
  const size_t digits = name == nullptr ? 0 : range_digits(*name);
  if (digits == 0) return format_target(target);
  return fmt::format("{} (a range: all numbers that begin with {})", format_target(target),
                     name->identity().value().substr(0, 1 + digits));
}

Result<uint64_t> parse_rate(const std::string& text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string unit(static_cast<const char*>(end), text.data() + text.size());
  const std::map<std::string, uint64_t> units = {{"", 1}, {"k", 1000}, {"M", 1'000'000}, {"G", 1'000'000'000}};
  const auto known = units.find(unit);
  if (error != std::errc() || known == units.end() || value > UINT64_MAX / known->second)
    return absl::InvalidArgumentError("a rate is a number of bits a second, with k, M or G for larger ones");
  return value * known->second;
}

std::string format_rate(uint64_t bps) {
  if (bps == 0) return "-";
  for (const auto& [unit, factor] : {std::pair{"G", 1'000'000'000U}, {"M", 1'000'000U}, {"k", 1000U}})
    if (bps % factor == 0) return std::to_string(bps / factor) + unit;
  return std::to_string(bps);
}

Result<v1::Delivery> parse_delivery(const std::string& text) {
  v1::Delivery delivery;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, comma - at);
    if (part.starts_with("hi2=") && part.size() > 4)
      delivery.set_hi2_destination_id(part.substr(4));
    else if (part.starts_with("hi3=") && part.size() > 4)
      delivery.set_hi3_destination_id(part.substr(4));
    else if (part.starts_with("rate=")) {
      const Result<uint64_t> rate = parse_rate(part.substr(5));
      if (!rate.ok()) return rate.status();
      delivery.set_rate_bps(*rate);
    } else
      return absl::InvalidArgumentError("a delivery is hi2=ID,hi3=ID,rate=RATE");
    at = comma + 1;
  }
  return delivery;
}

std::string counted(uint64_t count, const std::string& noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string uuid_text(const std::string& octets) {
  const Result<Xid> id = Xid::from_octets(as_bytes(octets));
  return id.ok() ? id->to_string() : std::string();
}

std::string time_text(int64_t unix_ns) { return unix_ns == 0 ? "-" : format_time({unix_ns}); }

}  // namespace lictor::control::cli
