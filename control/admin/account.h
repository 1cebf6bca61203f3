// What the daemon says to its audit log: each act before its commit, each look and each refusal before its answer. The
// store remembers the log's head with every commit, so that neither can be put back to an older copy unseen. Any
// thread.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "control/access/desks.h"
#include "control/admin/summed_entries.h"
#include "control/audit/audit_log.h"
#include "control/audit/room_reserve.h"
#include "control/store/store.h"
#include "dataplane/base/clock.h"

namespace lictor::control {

// Who asks, as the transport proves it. Empty: the daemon itself.
struct Caller {
  std::string name;         // as the account calls him, with his roles
  std::string person = {};  // who that is: two of one name are one person
  DeskSet desks = DeskSet::all();
};

// Whether a deed may be written into the room that is kept back for a full disk.
enum class Room {
  kUsual,
  kKeptBack,  // it ends or reduces an interception
  kResuming,  // a dataplane comes back, so that what is in force goes on: up to Account::kResumingBytesMax
};

// What somebody wants to do. `object` is an id of ours, or empty: never text that a client made up.
struct Deed {
  std::string action;
  std::string object;
  Caller caller = {};
  std::vector<AuditField> fields = {};  // that name no person, target or LIID
  Room room = Room::kUsual;
};

// Whether a deed that went well has its entry already.
enum class Accounted {
  kWithCommit,  // by Account::commit
  kAsRead,
  kAsSummedRead,  // what programs look at every few seconds: one entry an hour for each caller and object, with a count
  kAsEvent,       // it changed something that the store does not keep; before it was done, announce() was entered
  kNot,           // it shows the state of machines, and no warrant
};

class Account {
 public:
  // `log` null: no account is kept. `reserve` null: no room is kept back.
  Account(AuditLog* log, std::function<LegalTime()> clock, RoomReserve* reserve = nullptr)
      : log_(log), clock_(std::move(clock)), reserve_(reserve) {}

  // The head that the store's last commit remembered; number 0: none.
  static Result<AuditHead> remembered_by(Store& store);

  // Of what is kept back: the rest is for those who end something, however often a dataplane loses its stream.
  static constexpr uint64_t kResumingBytesMax = RoomReserve::kBytes / 4;
  // An act: its entry, on the disk, then the commit that remembers it. ResourceExhausted: there is no room. What is of
  // Room::kKeptBack or kResuming then gets what was kept back; until there is room again all else is refused.
  Result<uint64_t> commit(Store& store, const Deed& deed, const std::vector<Write>& writes);
  // One of the daemon itself: start, stop; with what is written beside. Nothing where no account is kept.
  Status commit_alone(Store& store, const Deed& deed, const std::vector<Write>& beside = {});

  // Before something is done that no commit goes with (a message leaves, a copy is made): that it was asked for. Not
  // ok: it must not be done.
  Status announce(const Deed& deed);
  // Before the answer to a deed goes out. Ok: it may; else it must not, for there would be no account of it. Refusals
  // beyond kRefusalsAlone an hour of one caller, act and reason are counted, and entered as one.
  static constexpr uint64_t kRefusalsAlone = 16;
  Status before_answer(const Deed& deed, const Status& outcome, Accounted accounted);
  void event(const Deed& deed, const std::string& outcome);

  // Enters sums whose hour is over; signs what waits for it.
  void tick();
  // Enters all sums; signs what is there.
  Status sign();

  // What was given up is kept back again: how much had no entry meanwhile has one.
  void room_is_back();

  // Null: no account is kept.
  [[nodiscard]] AuditLog* log() const { return log_; }

 private:
  struct Entered {
    uint64_t number = 0;  // 0: no account is kept
    std::vector<Write> writes;
  };
  Result<Entered> before_commit(const Deed& deed);
  // The commit failed.
  void take_back(const Entered& entered, const Status& why);
  Result<uint64_t> commit_once(Store& store, const Deed& deed, std::vector<Write> writes);
  // ResourceExhausted: what room there is is kept for others.
  [[nodiscard]] Status check_room(const Deed& deed) const;
  // Counts what a dataplane that comes back takes of what was given up.
  Status take_room(const Deed& deed, const std::vector<Write>& writes);
  [[nodiscard]] AuditEvent event_of(AuditKind kind, const Deed& deed, const std::string& outcome) const;
  Status enter(AuditKind kind, const Deed& deed, const std::string& outcome);
  void enter(const std::vector<SummedEntries::Sum>& sums);

  AuditLog* const log_;
  const std::function<LegalTime()> clock_;
  RoomReserve* const reserve_;
  SummedEntries sums_;
  std::atomic<uint64_t> untold_ = 0;    // what had no entry, for want of room
  std::atomic<uint64_t> resuming_ = 0;  // octets of what is kept back that Room::kResuming has taken
};

}  // namespace lictor::control
