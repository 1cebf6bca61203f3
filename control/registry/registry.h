// Agencies and warrants as the store holds them, with a picture in memory of what is needed all the time: every agency,
// and every warrant that is filed or in force. Writes nothing itself: its users put its writes into their own commit
// and tell it what was committed. Not thread-safe: under the administration's mutex.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/access/desks.h"
#include "control/registry/records.pb.h"
#include "control/store/store.h"
#include "lictor/v1/agency.pb.h"

namespace lictor::control {

constexpr size_t kPageSizeMax = 1000;
constexpr size_t kPageSizeDefault = 100;

// Filed, on its way to approval, or in force: something can still come of it.
bool is_live(v1::WarrantState state);

struct WarrantPage {
  std::vector<v1::Warrant> warrants;
  std::string next;  // id after which the next page starts; empty: this was the last
};

class Registry {
 public:
  static Result<std::unique_ptr<Registry>> load(Store& store);

  // Null where there is none.
  [[nodiscard]] const v1::Agency* agency(const std::string& id) const;
  [[nodiscard]] const std::map<std::string, v1::Agency>& agencies() const { return agencies_; }
  [[nodiscard]] const std::map<std::string, StoredWarrant>& live_warrants() const { return live_; }
  // Those of them that somebody of these desks sees, in the order of ids, until `visit` answers false. Others' cost no
  // time: a clock does not tell how many they are.
  void for_each_live(const DeskSet& desks, const std::function<bool(const StoredWarrant& warrant)>& visit) const;
  // The ids of all that somebody of these desks sees, in any state, above `after`, in order, until `visit` answers
  // false. The same holds for time.
  void for_each_id(const DeskSet& desks, const std::string& after,
                   const std::function<bool(const std::string& id)>& visit) const;
  // The live warrants by the end of their windows, the first to end first; of a filed one the window that it asks for.
  [[nodiscard]] const std::set<std::pair<int64_t, std::string>>& ends() const { return ends_; }
  // Closed warrants whose personal fields are still there, by id: when each was closed (Unix ns).
  [[nodiscard]] const std::map<std::string, int64_t>& closed() const { return closed_; }
  // In any state. NotFound where there is none.
  Result<StoredWarrant> warrant(const std::string& id) const;
  // The same for somebody of these desks: another desk's is not there, with the same answer after the same work.
  Result<StoredWarrant> warrant(const std::string& id, const DeskSet& desks) const;
  // `agency_id` empty: all; `state` unspecified: all. In the order of ids.
  // Those of other desks are not there: they do not make a page shorter, nor another one follow.
  Result<WarrantPage> list_warrants(const std::string& agency_id, v1::WarrantState state, size_t page_size,
                                    const std::string& after, const DeskSet& desks) const;

  // --- writes that expect the stored revision of the object (0: that there is none) ---
  static Write write_of(const v1::Agency& agency);
  static Write write_of(const StoredWarrant& warrant);
  static Write deletion_of(const v1::Agency& agency);
  // Behind it nobody can read what was sealed for this warrant, in whatever row: its tombstone goes into the same
  // commit.
  static Write erasure_of(const std::string& warrant_id) { return {.key = subject_key(warrant_id), .value = {}}; }

  // --- after the commit with this revision ---
  void committed(const v1::Agency& agency, uint64_t revision);
  void committed(const StoredWarrant& warrant, uint64_t revision);
  void deleted(const std::string& agency_id) { agencies_.erase(agency_id); }

 private:
  explicit Registry(Store& store) : store_(store) {}
  Status load_agencies();
  Status load_warrants();
  // The sets of ids that these desks see.
  [[nodiscard]] std::vector<const std::set<std::string>*> ids_of(const DeskSet& desks) const;

  Store& store_;
  std::map<std::string, v1::Agency> agencies_;
  std::map<std::string, StoredWarrant> live_;
  std::map<std::string, int64_t> closed_;
  std::set<std::pair<int64_t, std::string>> ends_;    // (Unix ns, id) of each in live_
  std::map<std::string, std::set<std::string>> ids_;  // by desk ("": of none), of all, whatever their state
};

}  // namespace lictor::control
