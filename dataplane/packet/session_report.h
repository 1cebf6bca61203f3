// What a session lcore tells the encoder lcore of a task: an event of one session of its target, and which addresses
// that session has from now on. Reports of a session come in order, and before the table that they belong to is
// published; they describe the session whole, so that one that is lost costs its own record alone.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>
#include <span>

#include "dataplane/base/ids.h"
#include "dataplane/base/spsc_byte_ring.h"
#include "dataplane/packet/call_words.h"
#include "dataplane/packet/session_words.h"

namespace lictor {

// One report has at most so many addresses and routes; what is beyond is counted where the report is written.
constexpr size_t kReportAddressesMax = 64;
constexpr size_t kReportRoutesMax = 32;

// When media of calls were last seen, by packets' time in nanoseconds: written by an encoder lcore, read by a session
// lcore. Numbers begin with 1.
class MediaClocks {
 public:
  MediaClocks() = default;
  explicit MediaClocks(uint32_t count) : count_(count), clocks_(std::make_unique<std::atomic<int64_t>[]>(count)) {}

  // Null where there is none of that number.
  [[nodiscard]] std::atomic<int64_t>* at(uint32_t number) const {
    return number == 0 || number > count_ ? nullptr : &clocks_[number - 1];
  }

 private:
  uint32_t count_ = 0;
  std::unique_ptr<std::atomic<int64_t>[]> clocks_;
};

struct SessionReport {
  enum class Kind : uint8_t {
    kEvent,   // `event`
    kActive,  // the session was there before the task: known to the encoder from now on
    kState,   // nothing is told of it: its addresses alone, of a session that another dataplane tells of, or once more
    kGone,    // nothing is told of it, and it is forgotten: the task no longer asks for it
  };
  Kind kind = Kind::kEvent;
  AccessEvent event = AccessEvent::kUpdate;
  SessionSource source = SessionSource::kRadius;
  SessionEnd end = SessionEnd::kNone;
  bool resumed = false;  // a former process has told of it under this CIN, whose numbers begin anew
  TaskSlot slot{};
  uint32_t cin = 0;                           // of an event without session (an attempt, a rejection) its own
  PacketTime received;                        // addresses are the session's for packets that arrive from here on
  PacketTime effective;                       // for the record
  PacketTime started;                         // of the session
  std::span<const SessionAddress> addresses;  // all that it has now; none behind an end
  SessionDetails details;
  Bytes raw;  // the message, where the task's profile wants it, with credentials masked; of a call as CallPart says
  std::optional<CallPart> call;           // where `source` is kSip, and of nothing else
  std::atomic<int64_t>* heard = nullptr;  // of its MediaClocks, filled by who reads it
  // Of news for the control thread alone:
  uint64_t session = 0;  // a keyed hash of what its protocol knows it by
  Bytes matched;         // names of its task that it has: of each its kind, its length, its octets
};

// Octets that the report takes in a ring.
size_t session_report_bytes(const SessionReport& report);
// Writes it into room for session_report_bytes().
void write_session_report(const SessionReport& report, MutableBytes room);

// The first report of `octets`, whose spans point into them and into `parts`. How many octets it takes. The writer is
// our own session lcore: what contradicts itself is a wrong program.
struct SessionReportParts {
  std::array<SessionAddress, kReportAddressesMax> addresses;
  std::array<Bytes, kReportRoutesMax> routes;
};
size_t read_session_report(Bytes octets, SessionReport& report, SessionReportParts& parts);

// The ring between one session lcore and one encoder lcore.
struct ReportRing {
  std::unique_ptr<SpscByteRing> bytes;
  MediaClocks clocks;

  // --- session lcore: behind publish() of what follows from everything that any rx lcore received up to `now` ---
  void passed(LegalTime now) { passed_ns_.store(now.unix_ns, std::memory_order_release); }

  // --- encoder lcore: read this *before* bytes->readable() ---
  [[nodiscard]] LegalTime passed_until() const { return {passed_ns_.load(std::memory_order_acquire)}; }

 private:
  alignas(64) std::atomic<int64_t> passed_ns_{0};
};

}  // namespace lictor
