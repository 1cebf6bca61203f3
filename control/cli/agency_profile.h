// The options of lictorctl agency create and update that make a delivery profile.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "control/cli/words.h"

namespace lictor::control::cli {

// What was given on the command line; the rest stays as it is.
struct ProfileOptions {
  std::optional<std::string> preset;
  std::optional<uint32_t> li_ps_version;
  std::optional<uint32_t> ip_access_version;
  std::optional<std::string> timestamp;
  std::optional<std::string> local_time;
  std::optional<uint32_t> keepalive_idle_s;
  std::optional<uint32_t> keepalive_wait_s;
  std::optional<bool> keepalive_off;
  std::optional<std::string> hi1;
  std::optional<bool> hi1_target_information;
  std::optional<bool> raw_aaa;
  std::optional<bool> leave_out_comfort_noise;
  std::optional<bool> leave_out_telephone_events;
  std::optional<std::string> cin;
  std::optional<std::string> number_series;
  std::optional<std::string> encoding;
  std::optional<std::string> confirm;
  std::optional<uint32_t> confirm_interval_kib;
  std::optional<uint32_t> confirm_interval_ms;
  std::optional<uint32_t> confirm_fallback_ms;
  std::optional<uint32_t> resends_max;
  std::optional<uint32_t> negotiate_ms;
  std::optional<std::string> security;
  std::optional<std::string> tls_credential;
  std::optional<bool> tls_1_2;
  std::vector<std::string> tls_pins;
  std::optional<std::string> tls_name;
  std::optional<std::string> integrity;
  std::optional<uint32_t> hash_records;
  std::optional<uint32_t> hash_ms;
  std::optional<std::string> signing_key;
  std::optional<uint32_t> signature_hashes;
  std::optional<uint32_t> signature_ms;
  std::optional<std::string> signature_covers;
  std::optional<bool> integrity_from_1;
  std::optional<bool> before_encryption;
  std::optional<std::string> encryption;
  std::optional<std::string> payload_key;
  bool payload_key_per_warrant = false;
  std::optional<std::string> source_address;
  std::optional<uint32_t> tcp_keepalive_idle_s;
  std::optional<uint32_t> tcp_keepalive_interval_s;
  std::optional<uint32_t> tcp_keepalive_probes;
  std::optional<uint32_t> send_buffer_kib;
  std::optional<uint32_t> receive_buffer_kib;
  std::optional<std::string> keepalive_liid;
  std::optional<bool> keepalive_countries;
  std::optional<std::string> test_liid;
  std::optional<std::string> pcapng_certificates;  // a file
  std::optional<uint32_t> pcapng_file_kib;
  std::optional<uint32_t> pcapng_file_seconds;
  std::optional<std::string> rate_max;
  std::optional<std::string> line_rate;
  std::optional<uint32_t> rate_seconds;
  std::optional<bool> connection_per_liid;
  std::optional<uint32_t> connections_max;
  std::optional<uint32_t> aggregate_payloads;
  std::optional<uint32_t> aggregate_bytes;
  std::optional<uint32_t> aggregate_ms;
  std::optional<std::string> agency_alarms;
  std::optional<uint64_t> backlog_records;
  std::optional<uint32_t> backlog_mib;
  std::optional<uint32_t> backlog_age_s;
};

// A flag and its opposite, "--lab,!--no-lab": `value` stays without one where neither was given.
void add_switch(CLI::App& command, const std::string& names, std::optional<bool>& value, const std::string& help);
void add_profile_options(CLI::App& command, ProfileOptions& options);
// The exit code: not kExitOk where a file cannot be read or an option is no rate.
int apply(const ProfileOptions& options, v1::DeliveryProfile& profile);

}  // namespace lictor::control::cli
