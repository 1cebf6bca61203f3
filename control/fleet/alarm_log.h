// The alarms of the fleet: bounded, kept over restarts, with repetitions of a standing alarm summed up in it. What
// changed is written from time to time, not at once: a dataplane in trouble reports more often than a disk can sync.
// Not thread-safe: under the administration's mutex.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/fleet/alarm_classes.h"
#include "control/store/store.h"
#include "lictor/v1/fleet.pb.h"

namespace lictor::control {

class AlarmLog {
 public:
  // Beyond, the oldest cleared one goes, else the oldest of the network element that has most; none that waits for a
  // person, whose bound are the warrants.
  static constexpr size_t kAlarmsMax = 10'000;
  static constexpr size_t kCodeBytesMax = 64;
  static constexpr size_t kDestinationBytesMax = 128;
  static constexpr size_t kTextBytesMax = 512;

  // What the store has, beyond the bound without those that would go. DataLoss: one of them is no alarm.
  static constexpr size_t kLoadedAtOnce = 4096;
  static Result<std::unique_ptr<AlarmLog>> load(Store& store);

  // An alarm that is raised (cleared_unix_ns == 0) or cleared. Which alarm it is says (network element, code, XID,
  // destination). A standing one takes the new text and adds the count, and is no more acknowledged where it becomes
  // more severe; clearing what does not stand does nothing.
  void report(v1::Alarm alarm);

  // What was raised and cleared since the last take, for the account; `more` did not fit. `evicted` stood and had to
  // go.
  static constexpr size_t kChangesMax = 1024;
  struct Change {
    bool raised = false;
    v1::Alarm alarm;
  };
  struct Changes {
    std::vector<Change> kept;
    uint64_t more = 0;
    uint64_t evicted = 0;
  };
  Changes take_changes() { return std::exchange(changes_, {}); }

  // Newest first.
  [[nodiscard]] std::vector<v1::Alarm> list(bool standing_only, size_t limit,
                                            AlarmsShown shown = AlarmsShown::kAll) const;
  // Those about what begins with one of these words (subject_of an alarm), newest first. Others take no time.
  [[nodiscard]] std::vector<v1::Alarm> list_about(const std::vector<std::string>& subjects) const;
  // Of a task (its XID's octets), of a place (a destination, a port, a warrant, …), of neither.
  static std::string task_subject(const std::string& xid) { return "task " + xid; }
  static std::string place_subject(const std::string& place) { return "place " + place; }
  static constexpr const char* kNoSubject = "none";
  // Null where there is none.
  [[nodiscard]] const v1::Alarm* find(uint64_t id) const;
  // An acknowledged alarm: what goes into the commit, and what is done after it. It must be known.
  [[nodiscard]] Write write_of(const v1::Alarm& alarm) const;
  void committed(const v1::Alarm& alarm) { alarms_.at(place_of(alarm.id())) = alarm; }
  [[nodiscard]] bool stands(const v1::Alarm& alarm) const { return standing_.count(name_of(alarm)) != 0; }

  // What has to be written; empty: nothing. After its commit, written().
  [[nodiscard]] std::vector<Write> writes() const;
  void written() { dirty_.clear(); }

 private:
  static std::string name_of(const v1::Alarm& alarm);
  Status load_one(const Entry& entry);
  // 0: there is no such alarm.
  [[nodiscard]] uint64_t place_of(uint64_t id) const;
  [[nodiscard]] uint64_t new_id() const;
  static std::string subject_of(const v1::Alarm& alarm);
  void add(uint64_t place, v1::Alarm alarm);
  void make_room();
  // Of those that stand: the one that may go first. 0: there is none.
  [[nodiscard]] uint64_t oldest_evictable() const;
  void forget_standing(uint64_t place);
  void remember(bool raised, const v1::Alarm& alarm);

  // Places are in the order in which alarms were raised, and nobody's business: who saw two of them would know how many
  // alarms others had between. What people see is a random id.
  uint64_t next_place_ = 1;
  std::map<uint64_t, v1::Alarm> alarms_;  // by place, as what follows
  std::map<std::string, uint64_t> standing_;
  std::set<uint64_t> cleared_;
  std::map<std::string, std::set<uint64_t>> by_subject_;
  std::map<std::string, std::set<uint64_t>> evictable_;  // standing, by network element; "": the daemon's own
  std::set<uint64_t> dirty_;
  Changes changes_;
};

}  // namespace lictor::control
