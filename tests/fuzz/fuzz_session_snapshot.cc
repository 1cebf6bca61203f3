// Any octets as the sessions of a former process: what is taken up of them can be kept and taken up again, the same,
// and ends in order.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/base/check.h"
#include "dataplane/session/session_snapshot.h"

namespace {

using namespace lictor;

struct World {
  World() : book(*SessionBook::make({.sessions_max = 16, .cells_bytes_max = 64 << 10})) {
    ring.bytes = *SpscByteRing::make(SpscByteRing::kBytesMin);
    desk = std::make_unique<SessionDesk>(SessionDeskPlan{.tasks_max = 8, .target_sessions_max = 16, .reports = {&ring}},
                                         *book);
  }
  Result<SnapshotTotals> take(Bytes octets) {
    return restore_snapshot(octets, [this](uint16_t /*set*/) { return SnapshotOwner{book.get(), desk.get()}; });
  }
  std::vector<uint8_t> keep() {
    std::vector<uint8_t> octets;
    append_snapshot(*book, *desk, octets);
    return octets;
  }

  ReportRing ring;
  std::unique_ptr<SessionBook> book;
  std::unique_ptr<SessionDesk> desk;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  World first;
  (void)first.take({data, size});
  const std::vector<uint8_t> kept = first.keep();
  World second;
  const Result<SnapshotTotals> totals = second.take(kept);
  LICTOR_CHECK(totals.ok() && totals->refused == 0);
  LICTOR_CHECK(second.keep().size() == kept.size());
  first.book->for_each(
      [&](SessionId session) { first.book->close(session, {.received = {1}, .effective = {1}}, *first.desk); });
  LICTOR_CHECK(first.book->counters().opened.get() == first.book->counters().closed.get());
  return 0;
}
