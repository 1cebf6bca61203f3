// The checks of one task: of each of its CINs a hash under way for IRI and one for CC, and the hash PDUs that wait for
// a signature. Made by the control thread; then the integrity thread's alone, until the lane that owns it takes it
// back.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/clock.h"
#include "dataplane/base/ids.h"
#include "dataplane/base/result.h"
#include "encoders/integrity/integrity_plan.h"

namespace lictor {

class IntegrityChain {
 public:
  // ResourceExhausted where OpenSSL has no memory.
  static Result<std::unique_ptr<IntegrityChain>> make(IntegrityPlan plan, TaskSlot slot);
  IntegrityChain(const IntegrityChain&) = delete;
  IntegrityChain& operator=(const IntegrityChain&) = delete;

  // --- any thread ---
  [[nodiscard]] TaskSlot slot() const { return slot_; }
  [[nodiscard]] bool is_before_encryption() const { return plan_.before_encryption; }
  [[nodiscard]] uint32_t first_number() const { return plan_.first_number; }
  [[nodiscard]] bool signs() const { return plan_.key != nullptr; }

  // --- the integrity thread ---
  // A record of the series. Answers its hash where that is complete now.
  std::optional<IntegrityCheck> record(CheckedKind of, uint32_t cin, uint32_t number, Bytes octets, SocketTime now);
  // A hash PDU as it was encoded. Answers the signature where it is due now; one without a value could not be made.
  std::optional<IntegrityCheck> hash_pdu(CheckedKind of, uint32_t cin, uint32_t number, Bytes octets, Bytes digest,
                                         SocketTime now);
  // A hash or a signature whose time has come, one after the other until there is none; all of them at the end.
  std::optional<IntegrityCheck> due_hash(CheckedKind of, SocketTime now);
  std::optional<IntegrityCheck> due_signature(CheckedKind of, SocketTime now);
  static constexpr SocketTime kEnd{INT64_MAX};

  // What the lane notes of it, a part for each of its sides.
  struct {
    bool ending = false;            // end() or drop() was called,
    bool ended = false;             // and the message about it is on its way
    bool closing = false;           // close() was called
    bool dropped = false;           // drop() was called
    std::array<bool, 2> strayed{};  // strays() was called, by series
  } lcore;
  struct {
    bool active = false;  // something of it is under way
  } thread;

 private:
  struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  struct Series {
    std::unique_ptr<EVP_MD_CTX, FreeContext> context;
    std::vector<uint32_t> records;  // in the hash under way
    SocketTime hash_due;
    std::vector<uint32_t> hashes;  // in the signature under way
    std::vector<uint8_t> message;  // that it is to be made over
    SocketTime signature_due;
  };

  IntegrityChain(IntegrityPlan plan, TaskSlot slot) : plan_(std::move(plan)), slot_(slot) {}
  using Key = std::pair<CheckedKind, uint32_t>;  // of a series: and its CIN

  [[nodiscard]] Status prepare(Series& series) const;
  Series& series(Key key);
  IntegrityCheck finish_hash(Key key, Series& own);
  IntegrityCheck sign(Key key, Series& own);

  const IntegrityPlan plan_;
  const TaskSlot slot_;
  std::map<Key, Series> series_;  // those of the task's own CIN, and of others while something of them is under way
};

}  // namespace lictor
