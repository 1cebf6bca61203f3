// Sessions that this dataplane's signalling tells of, on their way to lictord and so to the other dataplanes that hold
// the same taps; and theirs, on their way to the session lcores. Control thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "dataplane/agent/session_news.h"
#include "dataplane/agent/task_registry.h"
#include "dataplane/session_lcores.h"
#include "lictor/v1/fleet.pb.h"

namespace lictor {

class SessionExchange final : public SessionNewsSink {
 public:
  // Both outlive this.
  SessionExchange(SessionLcores& sessions, TaskRegistry& registry) : sessions_(sessions), registry_(registry) {}

  void take(const SessionNews& news) override;
  void begin() override;
  void in_sync() override;

  // Takes what the session lcores tell, and sends what can be sent: `send` answers whether it took the message. Nothing
  // is sent before in_sync().
  void turn(const std::function<bool(v1::SessionNews)>& send);

 private:
  using Key = std::pair<Xid, uint32_t>;  // by CIN

  void ask_for_all();
  void look_for_lost();
  void take_report(size_t lcore, const SessionReport& report);

  SessionLcores& sessions_;
  TaskRegistry& registry_;
  std::map<Key, bool> remotes_;  // whether it was told since the stream began
  std::deque<v1::SessionNews> waiting_;
  std::set<size_t> telling_all_;  // lcores that have not finished with it
  bool is_in_sync_ = false;
  uint64_t lost_ = 0;  // by the lcores' counters, that telling all made up for
};

}  // namespace lictor
