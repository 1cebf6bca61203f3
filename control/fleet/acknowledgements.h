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
  // How many dataplanes were told of the change, and how many of them have applied all of it.
  using Done = std::function<void(uint32_t told, uint32_t acknowledged)>;
  using Generations = std::map<std::string, std::set<uint64_t>>;  // by network element

  // `done` becomes ready when every dataplane has answered for all its generations or is gone, at `deadline` at the
  // latest, and at once where nobody was told.
  void expect(const Generations& issued, SocketTime deadline, Done done);

  void answered(const std::string& network_element_id, uint64_t generation, bool applied);
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
    std::set<std::string> failed;  // refused or gone
    uint32_t told = 0;
    SocketTime deadline;
    Done done;
  };
  void finish(Waiter& waiter);

  std::list<Waiter> waiters_;
  std::vector<std::function<void()>> ready_;
};

}  // namespace lictor::control
