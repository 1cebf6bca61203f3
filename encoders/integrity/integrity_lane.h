// From one encoder lcore to the integrity thread and back: records in the order in which they were encoded, and the
// checks that they make. The lcore copies a record's octets and goes on; hashing and signing is the other thread's. The
// lane owns the chains of its lcore's tasks, because they outlive a task that is taken away while its records are on
// the way. Neither side waits for the other.
//
//   record() ... end() ──ring──► hashes ──► next() kCheck, kFlushed
//   tell_hash(), close() ─queue─► signatures ──► next() kCheck, kClosed
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/base/spsc_byte_ring.h"
#include "dataplane/base/spsc_queue.h"
#include "encoders/integrity/integrity_chain.h"

namespace lictor {

struct IntegrityResult {
  enum class Kind : uint8_t {
    kCheck,
    kFlushed,  // after end(): every hash of the chain has come; what follows are signatures
    kClosed,   // after close(): nothing follows
  };
  Kind kind = Kind::kCheck;
  IntegrityChain* chain = nullptr;  // gone once next() gave kClosed; a signature may still wait for room then
  TaskSlot slot{};
  IntegrityCheck check;
  uint32_t first_number = 0;  // of the chain's plan
  bool strayed = false;       // where its records went, nothing goes any more
};

class IntegrityLane {
 public:
  // Results that wait for the encoder lcore, and hash PDUs that wait for this thread.
  static constexpr size_t kResultsMax = 1024;
  static constexpr size_t kTellsMax = 256;

  // --- control thread ---
  // Before the first chain: room for `bytes` of records on the way. Once; what this writes reaches the lcore with the
  // command that brings it a chain.
  Status open(size_t bytes);
  [[nodiscard]] bool is_open() const { return open_.load(std::memory_order_acquire); }

  // --- the encoder lcore ---
  IntegrityChain* adopt(std::unique_ptr<IntegrityChain> chain);
  // Whether a record of `bytes` would find room.
  [[nodiscard]] bool has_room(size_t bytes) { return !ring_->reserve(message_bytes(bytes)).empty(); }
  // False where there is no room: nobody will prove this record.
  bool record(IntegrityChain& chain, CheckedKind of, uint32_t cin, uint32_t number, Bytes octets);
  // No record of the chain follows: its hashes come, then kFlushed.
  void end(IntegrityChain& chain);
  // Nobody wants anything of this slot's chains any more; nothing of them comes from next().
  void drop(TaskSlot slot);
  // This slot's records go elsewhere from now on: checks of this kind from the chains that it has had come marked.
  void strays(TaskSlot slot, CheckedKind of);
  // Whether a hash PDU, or close(), would find room.
  [[nodiscard]] bool can_tell() const { return tells_.room() > 0; }
  void tell_hash(IntegrityChain& chain, CheckedKind of, uint32_t cin, uint32_t number, Bytes pdu, Bytes digest);
  // Every hash PDU of an ended chain was told: its signatures come, then kClosed.
  void close(IntegrityChain& chain);
  // Once a round: shows the thread what was recorded.
  void publish();
  std::optional<IntegrityResult> next();

  // --- the integrity thread ---
  // Answers whether there was anything to do.
  bool work(SocketTime now);

 private:
  enum class Message : uint8_t { kRecord, kEnd, kDrop };
  struct Header {
    IntegrityChain* chain;
    uint32_t bytes;
    uint32_t number;
    uint32_t cin;
    Message message;
    CheckedKind of;
    uint8_t reserved[2];
  };
  struct Tell {
    IntegrityChain* chain = nullptr;
    CheckedKind of = CheckedKind::kIri;
    uint32_t cin = 0;
    uint32_t number = 0;
    std::vector<uint8_t> pdu;
    std::vector<uint8_t> digest;
    bool closes = false;
  };

  static size_t message_bytes(size_t octets) { return (sizeof(Header) + octets + 7) & ~size_t{7}; }
  bool send(IntegrityChain& chain, Message message);
  void send_endings();

  void take(const Header& header, Bytes octets, SocketTime now);
  bool take_tells(SocketTime now);
  bool look_at_clock(SocketTime now);
  void answer(IntegrityChain& chain, IntegrityResult::Kind kind, IntegrityCheck check = {});
  void answer(IntegrityChain& chain, std::optional<IntegrityCheck> check);
  void answer_hashes(IntegrityChain& chain, CheckedKind of, SocketTime now);
  void answer_signatures(IntegrityChain& chain, CheckedKind of, SocketTime now);
  bool push_results();

  std::unique_ptr<SpscByteRing> ring_;  // by open()
  std::atomic<bool> open_{false};
  SpscQueue<Tell> tells_{kTellsMax};
  SpscQueue<IntegrityResult> results_{kResultsMax};

  // --- the encoder lcore ---
  std::vector<std::unique_ptr<IntegrityChain>> owned_;
  bool endings_wait_ = false;

  // --- the integrity thread ---
  std::vector<IntegrityChain*> active_;  // have something under way
  std::deque<IntegrityResult> answers_;  // found no room among the results; no record is taken meanwhile
  SocketTime clock_due_{INT64_MIN};
};

}  // namespace lictor
