// Sessions that this dataplane's signalling tells of, on their way to lictord and so to the other dataplanes that hold
// the same taps; and theirs, on their way to the session lcores. Control thread.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <utility>

#include "dataplane/agent/news_queue.h"
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
  [[nodiscard]] uint64_t news_lost() const;
  void look_for_lost();
  bool take_report(size_t lcore, const SessionReport& report);
  bool take_reports();

  SessionLcores& sessions_;
  TaskRegistry& registry_;
  std::map<Key, bool> remotes_;  // whether it was told since the stream began
  NewsQueue waiting_;
  std::set<size_t> telling_all_;  // lcores that have not finished with it
  uint64_t asked_ = 0;            // the number of the last time that all were asked for
  bool is_in_sync_ = false;
  uint64_t lost_ = 0;  // by the lcores' counters, when they were
};

}  // namespace lictor
