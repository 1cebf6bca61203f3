// The control thread's share in sessions: CINs for them, and what dataplanes tell each other.
#include <pthread.h>

#include "dataplane/agent/control_thread.h"

namespace lictor {

void ControlThread::ask_for_cins() {
  SessionLcores* const sessions = engine_.sessions();
  for (size_t lcore = 0; sessions != nullptr && lcore < sessions->size(); ++lcore) {
    while (const std::optional<CinWish> wish = sessions->next_wish(lcore)) {
      if (const std::optional<Xid> xid = registry_.task_of(*wish))
        cins_asked_[*xid] = {.leased_first = registry_.leased_cins(*xid)->first};
    }
  }
  std::erase_if(cins_asked_, [this](const auto& asked) {
    const std::optional<CinLease> newest = registry_.leased_cins(asked.first);
    return !newest || newest->first != asked.second.leased_first;
  });
  for (auto& [xid, asked] : cins_asked_) {
    if (asked.told || !session_.in_sync()) continue;
    v1::DataplaneMessage message;
    v1::CinRequest& request = *message.mutable_cin_request();
    request.set_xid(xid.octets.data(), xid.octets.size());
    request.set_leased_first(asked.leased_first);
    asked.told = client_->send(std::move(message));
  }
}

// A session lcore rings and goes on; who holds the locks of a stream is another thread.
void ControlThread::wake_for_news(std::stop_token stop) {
  constexpr uint32_t kLookMs = 10'000;
  pthread_setname_np(pthread_self(), "news");
  while (!stop.stop_requested()) {
    engine_.sessions()->news_bell().wait(kLookMs);
    client_->wake();
  }
}

void ControlThread::exchange_sessions() {
  if (exchange_ == nullptr) return;
  exchange_->turn([this](v1::SessionNews news) {
    v1::DataplaneMessage message;
    *message.mutable_session_news() = std::move(news);
    return client_->send(std::move(message));
  });
}

}  // namespace lictor
