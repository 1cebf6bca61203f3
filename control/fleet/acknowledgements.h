// Who waits for which dataplanes to have applied a change. Not thread-safe: under the administration's mutex.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "dataplane/base/clock.h"

namespace lictor::control {

class Acknowledgements {
 public:
  // What became of a change.
  struct Outcome {
    uint32_t told = 0;                            // dataplanes
    uint32_t acknowledged = 0;                    // those of them that have applied all of it
    std::map<std::string, std::string> refusals;  // by network element: the first reason
  };
  using Done = std::function<void(const Outcome&)>;
  using Generations = std::map<std::string, std::set<uint64_t>>;  // by network element

  // `done` becomes ready when every dataplane has answered for all its generations or is gone, at `deadline` at the
  // latest, and at once where nobody was told.
  void expect(const Generations& issued, SocketTime deadline, Done done);

  void applied(const std::string& network_element_id, uint64_t generation);
  void refused(const std::string& network_element_id, uint64_t generation, const std::string& reason);
  void detached(const std::string& network_element_id);
  void expire(SocketTime now);
  void expire_all();

  // What became ready since the last call; to be called without the mutex.
  std::vector<std::function<void()>> take_ready();
  // When expire() has something to do next; the far future where nobody waits.
  [[nodiscard]] SocketTime next_deadline() const;

 private:
  struct Waiter {
    Generations open;
    std::set<std::string> gone;
    std::map<std::string, std::string> refusals;
    uint32_t told = 0;
    SocketTime deadline;
    Done done;
  };
  void answered(const std::string& network_element_id, uint64_t generation, const std::string* refusal);
  void finish(Waiter& waiter);

  std::list<Waiter> waiters_;
  std::vector<std::function<void()>> ready_;
};

}  // namespace lictor::control
