// Any octets as one frame, through the pattern matcher: nothing behind the packet is read, and a packet is selected
// exactly where its payload holds the pattern.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/packet/parse_frame.h"
#include "dataplane/pattern/pattern_matcher.h"

namespace {

using namespace lictor;

constexpr std::string_view kWord = "UU";  // in most of the seeds' payloads

std::unique_ptr<const PatternSet> make_set(PatternReach reach) {
  const std::atomic<bool> never{false};
  const Pattern pattern{.octets = std::string(kWord), .reach = reach};
  return PatternSet::compile(std::span(&pattern, 1), {}, 1, never).value();
}

uint64_t no_time() { return 0; }

void check_level(const PatternSet& set, const IpLevel& level, Bytes frame) {
  const std::optional<TcpSegment> segment = tcp_segment_of(level, frame);
  const Bytes payload = segment ? segment->payload : payload_of(level, frame);
  LICTOR_CHECK(payload.size() <= level.bytes);
  const bool holds = as_text(payload).find(kWord) != std::string_view::npos;
  PatternAccount account;
  PatternMatcher matcher({.lcore = 0,
                          .limits = {.streams_max = 2, .stream_state_bytes_max = 256, .flows_max = 1},
                          .cycles = no_time,
                          .cycles_per_second = 1,
                          .account = &account});
  // The second time it is a repetition, or its flow is selected.
  for (int i = 0; i < 2; ++i) {
    const PatternVerdict verdict = matcher.judge(set, {.level = level, .frame = frame, .tap_group = 0, .time = {}});
    const bool new_connection = segment && (segment->flags & kTcpSyn) != 0;
    LICTOR_CHECK(verdict == (holds ? PatternVerdict::kSelected : PatternVerdict::kNotSelected) || new_connection);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::unique_ptr<const PatternSet> of_packets = make_set(PatternReach::kPacket);
  static const std::unique_ptr<const PatternSet> of_flows = make_set(PatternReach::kFlow);
  const Bytes frame(data, size);
  const ParsedFrame parsed = parse_frame(frame, static_cast<uint32_t>(size), EncapsulationTrust::all());
  for (const IpLevel& level : parsed.levels()) {
    check_level(*of_packets, level, frame);
    check_level(*of_flows, level, frame);
  }
  return 0;
}
