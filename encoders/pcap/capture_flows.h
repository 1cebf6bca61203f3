// Who talks to whom in a generated capture. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "encoders/pcap/capture_frames.h"

namespace lictor {

// SplitMix64: the standard library's distributions differ between implementations, and the same seed has to give the
// same capture everywhere.
class CaptureRandom {
 public:
  explicit CaptureRandom(uint64_t seed) : state_(seed) {}
  uint64_t next();
  // 0 to bound-1; bound is not 0.
  uint64_t below(uint64_t bound) { return (next() >> 32) * bound >> 32; }
  bool percent(uint32_t percent) { return below(100) < percent; }

 private:
  uint64_t state_;
};

struct CaptureFlow {
  CaptureHost client;
  CaptureHost server;
  TransportKind transport = TransportKind::kUdp;
  uint16_t client_port = 0;
  uint16_t server_port = 0;
  std::array<uint16_t, 2> vlans{};
  size_t vlan_count = 0;
  std::optional<size_t> client_target;  // index in the options, where the host is a target
  std::optional<size_t> server_target;
  uint32_t step = 0;      // packets since the connection began
  uint32_t lifetime = 0;  // steps of this connection
  uint32_t client_sequence = 0;
  uint32_t server_sequence = 0;
  uint32_t identification = 0;
};

// IPv4 or IPv6 from text; nothing where it is neither.
std::optional<CaptureHost> parse_host(const std::string& address);

class CaptureFlows {
 public:
  // `targets` are addresses that parse_host() takes, each once.
  CaptureFlows(const std::vector<std::string>& targets, bool vlan, CaptureRandom& random);

  // A flow that has a target at an end; there must be a target.
  CaptureFlow& pick_matched(CaptureRandom& random);
  // A flow between strangers. Some talk much more than others.
  CaptureFlow& pick_stranger(CaptureRandom& random);

 private:
  void add_targets(const std::vector<CaptureHost>& targets, CaptureRandom& random);
  void add_strangers(const std::vector<CaptureHost>& targets, CaptureRandom& random);
  CaptureFlow make_flow(const CaptureHost& client, const CaptureHost& server, CaptureRandom& random);

  bool vlan_;
  size_t made_ = 0;
  std::vector<std::vector<CaptureFlow>> matched_;  // by target
  std::vector<CaptureFlow> strangers_;
};

}  // namespace lictor
