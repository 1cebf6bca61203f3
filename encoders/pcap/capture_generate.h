// lictor-capture generate: a capture that looks like a network's, made up from a seed. Hosts have documentation
// addresses (RFC 5737, RFC 3849); lengths and checksums are valid. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/base/result.h"
#include "encoders/pcap/capture_writer.h"

namespace lictor {

constexpr uint64_t kGeneratedPacketsMax = 1'000'000'000;
constexpr size_t kGeneratedTargetsMax = 64;
constexpr uint32_t kGeneratedFrameBytesMin = 60;  // Ethernet's minimum without its check sequence
constexpr uint32_t kGeneratedFrameBytesMax = 9000;

struct GenerateOptions {
  uint64_t packets = 0;
  uint64_t seed = 1;
  std::vector<std::string> targets;  // IPv4 or IPv6 addresses, each once
  uint32_t match_percent = 20;       // of the packets have a target at one end or at both; none without targets
  std::string size = "imix";         // or octets of each frame, "60" to "9000"; more where the headers need it
  bool vlan = false;
};

struct GenerateSummary {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  uint64_t matched = 0;  // packets that have a target at an end
  uint32_t longest = 0;
  std::vector<std::pair<std::string, uint64_t>>
      targets;  // as given, with their packets; one between two counts for both
};

// InvalidArgument names the option and its bounds.
Status check_options(const GenerateOptions& options);

// The same options give the same octets, on any machine. InvalidArgument as check_options(); Unavailable where writing
// failed.
Result<GenerateSummary> generate_capture(const GenerateOptions& options, CaptureWriter& out);

// {"packets":…,"bytes":…,"matched":…,"longest":…,"targets":{"192.0.2.77":…}}, one line.
std::string to_json(const GenerateSummary& summary);

}  // namespace lictor
