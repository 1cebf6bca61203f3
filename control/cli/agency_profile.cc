// The options of a delivery profile: one function adds what belongs together, one applies it.
#include "control/cli/agency_profile.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

#include "control/cli/commands.h"

namespace lictor::control::cli {
namespace {

constexpr size_t kCertificatesBytesMax = size_t{32} << 10;

}  // namespace

// Bound to a variable, CLI11 would write one that was not given, too.
void add_switch(CLI::App& command, const std::string& names, std::optional<bool>& value, const std::string& help) {
  command.add_flag_function(
      names, [&value](int64_t count) { value = count > 0; }, help);
}

namespace {

void add_alarm_options(CLI::App& command, ProfileOptions& options) {
  command
      .add_option("--agency-alarms", options.agency_alarms,
                  "How the agency is told of losses, outages and backlogs: hi1 [the default], message, both, off")
      ->check(CLI::IsMember(&kAgencyAlarmForms));
  command.add_option("--backlog-records", options.backlog_records,
                     "Records that wait, from which on that is told; 0: never");
  command.add_option("--backlog-mib", options.backlog_mib, "The same in MiB");
  command.add_option("--backlog-age", options.backlog_age_s, "The same in seconds without a confirmation");
}

void apply_alarms(const ProfileOptions& options, v1::DeliveryProfile& profile) {
  const auto alarms = [&profile] { return profile.mutable_agency_alarms(); };
  if (options.agency_alarms) alarms()->set_form(kAgencyAlarmForms.at(*options.agency_alarms));
  if (options.backlog_records) alarms()->set_backlog_records(*options.backlog_records);
  if (options.backlog_mib) alarms()->set_backlog_mib(*options.backlog_mib);
  if (options.backlog_age_s) alarms()->set_backlog_age_s(*options.backlog_age_s);
}

void add_confirm_options(CLI::App& command, ProfileOptions& options) {
  command
      .add_option("--confirm", options.confirm,
                  "When a record counts as delivered: acknowledged, read [the default], transported, written")
      ->check(CLI::IsMember(&kConfirmLevels));
  command.add_option("--confirm-interval-kib", options.confirm_interval_kib,
                     "A keepalive, or a question for an acknowledgement, behind so many KiB [1024]");
  command.add_option("--confirm-interval-ms", options.confirm_interval_ms, "and behind so much time [1000]");
  command.add_option("--confirm-fallback-ms", options.confirm_fallback_ms,
                     "An agency that never answered in this time cannot: the next weaker level, with an alarm [5000]");
  command.add_option("--resends-max", options.resends_max, "Connections in a row that send the same records [3]");
  command.add_option("--negotiate-ms", options.negotiate_ms,
                     "Records wait so long at most for whether the agency acknowledges PDUs [3000]");
}

void add_security_options(CLI::App& command, ProfileOptions& options) {
  command.add_option("--security", options.security, "tls [the default], plain-lab (with --lab), plain-in-ipsec")
      ->check(CLI::IsMember(&kSecurities));
  command.add_option("--tls-credential", options.tls_credential,
                     "Whom the dataplane shows and trusts: a name of its handover.credentials [default]");
  add_switch(command, "--tls-1-2,!--tls-1-3-only", options.tls_1_2, "TLS 1.2 will do");
  command
      .add_option("--tls-pin", options.tls_pins,
                  "cert:HEX or spki:HEX, the SHA-256 of a certificate or public key that the agency may show; or none")
      ->take_all()
      ->expected(1, 8);
  command.add_option("--tls-name", options.tls_name,
                     "What the agency's certificate is issued to [the endpoint's host]; any: no name is checked");
}

void add_integrity_options(CLI::App& command, ProfileOptions& options) {
  std::vector<std::string> words = {"off"};
  for (const auto& [word, method] : kHashMethods) words.push_back(word);
  command.add_option("--integrity", options.integrity, "Hash PDUs: off [the default], sha256, sha384, sha512")
      ->check(CLI::IsMember(words));
  command.add_option("--hash-records", options.hash_records, "A hash covers at most so many records [1000]");
  command.add_option("--hash-ms", options.hash_ms, "and comes at most so long behind the first of them [1000]");
  command.add_option("--signing-key", options.signing_key,
                     "Signature PDUs by this name of the dataplane's handover.signing_keys; none: hashes alone");
  command.add_option("--signature-hashes", options.signature_hashes, "A signature covers at most so many hashes [15]");
  command.add_option("--signature-ms", options.signature_ms,
                     "and comes at most so long behind the first of them [30000]");
  command
      .add_option("--signature-covers", options.signature_covers,
                  "What is signed: pdus (the hash PDUs) [the default], digests, list (as OpenLI does)")
      ->check(CLI::IsMember(&kSignatureCovers));
  add_switch(command, "--integrity-from-1,!--integrity-from-0", options.integrity_from_1,
             "The series of integrity PDUs begin at 1");
  add_switch(command, "--hash-before-encryption,!--hash-as-sent", options.before_encryption,
             "Hashes are of records as they were before their payload was encrypted");
}

void add_encryption_options(CLI::App& command, ProfileOptions& options) {
  command
      .add_option("--encryption", options.encryption,
                  "Payloads in an encryption container: off [the default], none (not encrypted), aes192, aes256")
      ->check(CLI::IsMember(&kPayloadEncryptions));
  CLI::Option* const key =
      command.add_option("--payload-key", options.payload_key, "by this name of the dataplane's handover.payload_keys");
  command
      .add_flag("--payload-key-per-warrant", options.payload_key_per_warrant,
                "by a key of each warrant: filed with it, or made by lictord")
      ->excludes(key);
}

void apply_confirm(const ProfileOptions& options, v1::DeliveryProfile& profile) {
  if (options.confirm) profile.mutable_confirm()->set_level(kConfirmLevels.at(*options.confirm));
  if (options.confirm_interval_kib) profile.mutable_confirm()->set_interval_kib(*options.confirm_interval_kib);
  if (options.confirm_interval_ms) profile.mutable_confirm()->set_interval_ms(*options.confirm_interval_ms);
  if (options.confirm_fallback_ms) profile.mutable_confirm()->set_fallback_ms(*options.confirm_fallback_ms);
  if (options.resends_max) profile.mutable_confirm()->set_resends_max(*options.resends_max);
  if (options.negotiate_ms) profile.mutable_confirm()->set_negotiate_ms(*options.negotiate_ms);
}

void apply_security(const ProfileOptions& options, v1::DeliveryProfile& profile) {
  if (options.security) profile.set_security(kSecurities.at(*options.security));
  if (options.tls_credential) profile.mutable_tls()->set_credential(*options.tls_credential);
  if (options.tls_1_2) profile.mutable_tls()->set_allow_1_2(*options.tls_1_2);
  if (!options.tls_pins.empty()) profile.mutable_tls()->clear_pins();
  for (const std::string& pin : options.tls_pins)
    if (pin != "none") profile.mutable_tls()->add_pins(pin);
  if (!options.tls_name) return;
  const bool any = *options.tls_name == "any";
  profile.mutable_tls()->set_server_name_off(any);
  profile.mutable_tls()->set_server_name(any ? "" : *options.tls_name);
}

void apply_integrity(const ProfileOptions& options, v1::DeliveryProfile& profile) {
  const auto integrity = [&profile] { return profile.mutable_integrity(); };
  if (options.integrity) {
    integrity()->set_on(*options.integrity != "off");
    if (*options.integrity == "off")
      integrity()->clear_signing_key();
    else
      integrity()->set_hash(kHashMethods.at(*options.integrity));
  }
  if (options.hash_records) integrity()->set_hash_records(*options.hash_records);
  if (options.hash_ms) integrity()->set_hash_ms(*options.hash_ms);
  if (options.signing_key) integrity()->set_signing_key(*options.signing_key == "none" ? "" : *options.signing_key);
  if (options.signature_hashes) integrity()->set_signature_hashes(*options.signature_hashes);
  if (options.signature_ms) integrity()->set_signature_ms(*options.signature_ms);
  if (options.signature_covers) integrity()->set_signature_covers(kSignatureCovers.at(*options.signature_covers));
  if (options.integrity_from_1) integrity()->set_numbers_from_1(*options.integrity_from_1);
}

void add_transport_options(CLI::App& command, ProfileOptions& options) {
  command.add_option("--source-address", options.source_address,
                     "The dataplane's address that connections come from; any: the kernel's choice");
  command.add_option("--tcp-keepalive-idle", options.tcp_keepalive_idle_s, "Seconds of silence before TCP asks [60]");
  command.add_option("--tcp-keepalive-interval", options.tcp_keepalive_interval_s,
                     "Seconds between its questions [10]");
  command.add_option("--tcp-keepalive-probes", options.tcp_keepalive_probes, "Questions before it gives up [6]");
  command.add_option("--send-buffer-kib", options.send_buffer_kib, "SO_SNDBUF [the kernel's tuning]");
  command.add_option("--receive-buffer-kib", options.receive_buffer_kib, "SO_RCVBUF, the same");
  command.add_option("--keepalive-liid", options.keepalive_liid, "What keepalives carry for an LIID [-]");
  add_switch(command, "--keepalive-countries,!--no-keepalive-countries", options.keepalive_countries,
             "Keepalives carry both countries and a CIN of 0");
}

// What has to do with the form of records and keepalives; endpoints, keys and security are the agency's own.
void apply_preset(const std::string& preset, v1::DeliveryProfile& profile) {
  const bool openli = preset == "openli";
  profile.set_li_ps_version(openli ? 17 : 0);
  profile.set_ip_access_version(openli ? 10 : 0);
  profile.set_timestamp_form(v1::TIMESTAMP_FORM_UNSPECIFIED);
  profile.clear_local_time();
  profile.set_keepalive_idle_s(openli ? 300 : 0);
  profile.set_keepalive_wait_s(openli ? 30 : 0);
  profile.set_keepalive_off(false);
  profile.mutable_keepalive_style()->set_liid(openli ? "lictor" : "");
  profile.mutable_keepalive_style()->set_countries(openli);
  profile.set_encoding(openli ? v1::RECORD_ENCODING_BER : v1::RECORD_ENCODING_UNSPECIFIED);
  profile.mutable_confirm()->set_level(openli ? v1::CONFIRM_LEVEL_TRANSPORTED : v1::CONFIRM_LEVEL_UNSPECIFIED);
  v1::IntegrityProfile& integrity = *profile.mutable_integrity();
  integrity.set_signature_covers(openli ? v1::SIGNATURE_COVERS_LIST : v1::SIGNATURE_COVERS_UNSPECIFIED);
  integrity.set_numbers_from_1(openli);
  integrity.set_before_encryption(openli);
}

void apply_transport(const ProfileOptions& options, v1::DeliveryProfile& profile) {
  const auto transport = [&profile] { return profile.mutable_transport(); };
  if (options.source_address)
    transport()->set_source_address(*options.source_address == "any" ? "" : *options.source_address);
  if (options.tcp_keepalive_idle_s) transport()->set_keepalive_idle_s(*options.tcp_keepalive_idle_s);
  if (options.tcp_keepalive_interval_s) transport()->set_keepalive_interval_s(*options.tcp_keepalive_interval_s);
  if (options.tcp_keepalive_probes) transport()->set_keepalive_probes(*options.tcp_keepalive_probes);
  if (options.send_buffer_kib) transport()->set_send_buffer_kib(*options.send_buffer_kib);
  if (options.receive_buffer_kib) transport()->set_receive_buffer_kib(*options.receive_buffer_kib);
  if (options.keepalive_liid) profile.mutable_keepalive_style()->set_liid(*options.keepalive_liid);
  if (options.keepalive_countries) profile.mutable_keepalive_style()->set_countries(*options.keepalive_countries);
}

void add_pacing_options(CLI::App& command, ProfileOptions& options) {
  command.add_option("--rate-max", options.rate_max,
                     "Each of its destinations gets at most so many bits a second, 64k to 400G; 0: no bound [0]");
  command.add_option("--line-rate", options.line_rate,
                     "What its line carries: a target that is faster is alarmed [--rate-max]");
  command.add_option("--rate-seconds", options.rate_seconds, "How fast a target is, is that of so many seconds [5]");
}

void add_connection_options(CLI::App& command, ProfileOptions& options) {
  add_switch(command, "--connection-per-liid,!--shared-connection", options.connection_per_liid,
             "Each LIID has a connection of its own, from the next warrants on");
  command.add_option("--connections-max", options.connections_max,
                     "Connections to each destination; further warrants share one [64]");
  command.add_option("--aggregate-payloads", options.aggregate_payloads, "Packets in one CC PDU at most [1]");
  command.add_option("--aggregate-bytes", options.aggregate_bytes, "and so many octets of them [16384]");
  command.add_option("--aggregate-ms", options.aggregate_ms, "and so long behind the first of them [50]");
}

void apply_connection(const ProfileOptions& options, v1::DeliveryProfile& profile) {
  if (options.connection_per_liid) profile.mutable_connections()->set_per_liid(*options.connection_per_liid);
  if (options.connections_max) profile.mutable_connections()->set_connections_max(*options.connections_max);
  if (options.aggregate_payloads) profile.mutable_aggregation()->set_payloads(*options.aggregate_payloads);
  if (options.aggregate_bytes) profile.mutable_aggregation()->set_bytes(*options.aggregate_bytes);
  if (options.aggregate_ms) profile.mutable_aggregation()->set_ms(*options.aggregate_ms);
}

Status apply_pacing(const ProfileOptions& options, v1::DeliveryProfile& profile) {
  const auto read = [](const char* name, const std::string& text) -> Result<uint64_t> {
    Result<uint64_t> rate = parse_rate(text);
    if (!rate.ok())
      return absl::InvalidArgumentError(fmt::format("{}: {}", name, std::string(rate.status().message())));
    return rate;
  };
  if (options.rate_max) {
    const Result<uint64_t> rate = read("--rate-max", *options.rate_max);
    if (!rate.ok()) return rate.status();
    profile.mutable_pacing()->set_rate_bps(*rate);
  }
  if (options.line_rate) {
    const Result<uint64_t> rate = read("--line-rate", *options.line_rate);
    if (!rate.ok()) return rate.status();
    profile.mutable_pacing()->set_line_rate_bps(*rate);
  }
  if (options.rate_seconds) profile.mutable_pacing()->set_rate_seconds(*options.rate_seconds);
  return absl::OkStatus();
}

void apply_encryption(const ProfileOptions& options, v1::DeliveryProfile& profile) {
  if (options.encryption) {
    profile.mutable_encryption()->set_method(kPayloadEncryptions.at(*options.encryption));
    if (!options.encryption->starts_with("aes")) {
      profile.mutable_encryption()->clear_key();
      profile.mutable_encryption()->clear_key_per_warrant();
    }
  }
  if (options.payload_key) {
    profile.mutable_encryption()->set_key(*options.payload_key);
    profile.mutable_encryption()->clear_key_per_warrant();
  }
  if (options.payload_key_per_warrant) {
    profile.mutable_encryption()->clear_key();
    profile.mutable_encryption()->set_key_per_warrant(true);
  }
  if (options.before_encryption) profile.mutable_integrity()->set_before_encryption(*options.before_encryption);
}

void add_file_options(CLI::App& command, ProfileOptions& options) {
  command.add_option("--pcapng-certificates", options.pcapng_certificates,
                     "Whom pcapng files are encrypted for: a file of 1 to 4 certificates in PEM");
  command.add_option("--pcapng-file-kib", options.pcapng_file_kib, "A file ends behind so many KiB [32768]");
  command.add_option("--pcapng-file-seconds", options.pcapng_file_seconds, "and behind so many seconds [60]");
}

int apply_files(const ProfileOptions& options, v1::DeliveryProfile& profile) {
  if (options.pcapng_file_kib) profile.mutable_pcapng()->set_file_kib(*options.pcapng_file_kib);
  if (options.pcapng_file_seconds) profile.mutable_pcapng()->set_file_seconds(*options.pcapng_file_seconds);
  if (!options.pcapng_certificates) return kExitOk;
  std::ifstream in(*options.pcapng_certificates, std::ios::binary);
  std::string text(kCertificatesBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.empty() || text.size() > kCertificatesBytesMax)
    return usage_error("--pcapng-certificates: cannot be read, or is longer than certificates are");
  profile.mutable_pcapng()->set_certificates(text);
  return kExitOk;
}

// "+0100" or "-03:30" as minutes; nothing for anything else.
std::optional<int> offset_of(std::string text) {
  if (text.size() == 6 && text[3] == ':') text.erase(3, 1);
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  int digits = 0;
  for (const char digit : text.substr(1)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    digits = digits * 10 + (digit - '0');
  }
  if (digits % 100 > 59) return std::nullopt;
  const int minutes = digits / 100 * 60 + digits % 100;
  return text[0] == '-' ? -minutes : minutes;
}

int apply_local_time(const std::string& text, v1::DeliveryProfile& profile) {
  profile.clear_local_time();
  if (text == "utc") return kExitOk;
  if (!text.starts_with('+') && !text.starts_with('-')) {
    profile.mutable_local_time()->set_zone(text);
    return kExitOk;
  }
  const std::optional<int> minutes = offset_of(text);
  if (!minutes) return usage_error("--local-time: an offset is written as +0100");
  profile.mutable_local_time()->set_offset_minutes(*minutes);
  return kExitOk;
}

}  // namespace

void add_profile_options(CLI::App& command, ProfileOptions& options) {
  command
      .add_option("--preset", options.preset,
                  "Form of records, keepalives and checks, before what else is given: etsi (the defaults), openli")
      ->check(CLI::IsMember(std::vector<std::string>{"etsi", "openli"}));
  command.add_option("--li-ps-version", options.li_ps_version, "LI-PS-PDU module [33]");
  command.add_option("--ip-access-version", options.ip_access_version, "IPAccessPDU module [14]");
  command.add_option("--timestamp", options.timestamp, "microsecond or generalized")
      ->check(CLI::IsMember(&kTimestampForms));
  command.add_option("--local-time", options.local_time,
                     "Of generalized time stamps: +0100, or a zone with its daylight saving (Europe/Vienna); utc");
  command.add_option("--keepalive-idle", options.keepalive_idle_s, "Seconds of silence before a keepalive [120]");
  command.add_option("--keepalive-wait", options.keepalive_wait_s, "Seconds in which it is answered [60]");
  add_switch(command, "--keepalive-off,!--keepalive-on", options.keepalive_off, "No keepalives at all");
  command.add_option("--hi1", options.hi1, "on or off")->check(CLI::IsMember(&kHi1Modes));
  add_switch(command, "--hi1-target-information,!--no-hi1-target-information", options.hi1_target_information,
             "HI1 notifications name the target");
  add_switch(command, "--raw-aaa,!--no-raw-aaa", options.raw_aaa, "Events of sessions bring their messages, masked");
  add_switch(command, "--leave-out-comfort-noise,!--deliver-comfort-noise", options.leave_out_comfort_noise,
             "Comfort noise of calls is counted and not delivered");
  add_switch(command, "--leave-out-telephone-events,!--deliver-telephone-events", options.leave_out_telephone_events,
             "Keys that are pressed in calls are counted and not delivered, where RTP says them as events");
  command.add_option("--cin", options.cin, "fresh or same: a static target's CIN after a restart")
      ->check(CLI::IsMember(&kCinPolicies));
  command.add_option("--encoding", options.encoding, "der, or ber: lengths in three octets where fewer would do [der]")
      ->check(CLI::IsMember(&kRecordEncodings));
  command
      .add_option("--number-series", options.number_series, "cin or liid: what sequence numbers are counted by [cin]")
      ->check(CLI::IsMember(&kNumberSeries));
  command.add_option("--test-liid", options.test_liid, "LIID of acceptance runs [LICTOR-TEST]");
  add_alarm_options(command, options);
  add_confirm_options(command, options);
  add_security_options(command, options);
  add_integrity_options(command, options);
  add_encryption_options(command, options);
  add_transport_options(command, options);
  add_file_options(command, options);
  add_pacing_options(command, options);
  add_connection_options(command, options);
}

int apply(const ProfileOptions& options, v1::DeliveryProfile& profile) {
  if (options.preset) apply_preset(*options.preset, profile);
  if (options.li_ps_version) profile.set_li_ps_version(*options.li_ps_version);
  if (options.ip_access_version) profile.set_ip_access_version(*options.ip_access_version);
  if (options.timestamp) profile.set_timestamp_form(kTimestampForms.at(*options.timestamp));
  if (options.local_time) {
    if (const int code = apply_local_time(*options.local_time, profile); code != kExitOk) return code;
  }
  if (options.keepalive_idle_s) profile.set_keepalive_idle_s(*options.keepalive_idle_s);
  if (options.keepalive_wait_s) profile.set_keepalive_wait_s(*options.keepalive_wait_s);
  if (options.keepalive_off) profile.set_keepalive_off(*options.keepalive_off);
  if (options.hi1) profile.set_hi1(kHi1Modes.at(*options.hi1));
  if (options.hi1_target_information) profile.set_hi1_target_information(*options.hi1_target_information);
  if (options.raw_aaa) profile.set_raw_aaa(*options.raw_aaa);
  if (options.leave_out_comfort_noise) profile.set_leave_out_comfort_noise(*options.leave_out_comfort_noise);
  if (options.leave_out_telephone_events) profile.set_leave_out_telephone_events(*options.leave_out_telephone_events);
  if (options.test_liid) profile.set_test_liid(*options.test_liid);
  if (options.cin) profile.set_cin_policy(kCinPolicies.at(*options.cin));
  if (options.encoding) profile.set_encoding(kRecordEncodings.at(*options.encoding));
  if (options.number_series) profile.set_number_series(kNumberSeries.at(*options.number_series));
  apply_alarms(options, profile);
  apply_confirm(options, profile);
  apply_security(options, profile);
  apply_integrity(options, profile);
  apply_encryption(options, profile);
  apply_transport(options, profile);
  apply_connection(options, profile);
  const Status status = apply_pacing(options, profile);
  if (!status.ok()) return usage_error(std::string(status.message()));
  return apply_files(options, profile);
}

}  // namespace lictor::control::cli
