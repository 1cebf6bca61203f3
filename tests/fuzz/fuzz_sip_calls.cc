// Any octets as SIP messages one after the other, to a tracker of calls with hardly any room: a call begins before it
// goes on and ends once, an ended one has no media, and the tracker's account holds.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "dataplane/base/check.h"
#include "dataplane/session/sip/call_tracker.h"

namespace {

using namespace lictor;
using namespace lictor::sip;

class Witness : public CallSink {
 public:
  explicit Witness(CallTracker& tracker) : tracker_(tracker) {}

  void on_call_event(const CallEvent& event) noexcept override {
    LICTOR_CHECK((event.kind == CallEventKind::kEnd) == (event.end != CallEnd::kNone));
    LICTOR_CHECK(event.media.endpoints.size() <= kCallEndpointsMax);
    LICTOR_CHECK(event.media.owners.size() == event.media.endpoints.size());
    ++told_;
    if (event.call == kNoCall) {
      LICTOR_CHECK(event.kind == CallEventKind::kReport && event.media.endpoints.empty());
      return;
    }
    bool& open = open_[event.call];
    LICTOR_CHECK(open == (event.kind == CallEventKind::kContinue || event.kind == CallEventKind::kEnd));
    open = event.kind == CallEventKind::kBegin || event.kind == CallEventKind::kContinue;
    LICTOR_CHECK(open || event.media.endpoints.empty());
    if (event.kind == CallEventKind::kBegin && static_cast<uint32_t>(event.call) % 4 == 0)
      tracker_.pin(event.call, false);
  }
  [[nodiscard]] uint64_t open() const {
    return static_cast<uint64_t>(std::count_if(open_.begin(), open_.end(), [](const auto& one) { return one.second; }));
  }
  [[nodiscard]] uint64_t take_told() { return std::exchange(told_, 0); }

 private:
  CallTracker& tracker_;
  std::map<CallId, bool> open_;
  uint64_t told_ = 0;
};

}  // namespace

// Of each message: seconds since the last one, its length in two octets, and it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader in({data, size});
  const auto tracker = *CallTracker::make({.calls_max = 6, .key = {.low = 1, .high = 2}});
  Witness witness(*tracker);
  PacketTime now{1'700'000'000 * kNanosecondsPerSecond};
  Message message;
  while (in.remaining() > 0) {
    now.unix_ns += int64_t{in.u8()} * kNanosecondsPerSecond;
    const Bytes octets = in.take(std::min<size_t>(in.u16(), in.remaining()));
    if (parse_message(octets, message) == MessageError::kNone) {
      tracker->on_message(message, {.received = now}, witness);
      const uint64_t told = witness.take_told();
      LICTOR_CHECK(told >= 1 && told <= 2);
    }
    for (int i = 0; i < 3; ++i) tracker->on_tick(now, witness);
    (void)witness.take_told();
    LICTOR_CHECK(tracker->counters().opened.get() - tracker->counters().ended.get() == witness.open());
    LICTOR_CHECK(tracker->calls() <= 6 && tracker->calls() >= witness.open());
  }
  return 0;
}
