#include "dataplane/agent/news_queue.h"

#include "dataplane/base/check.h"

namespace lictor {

bool NewsQueue::put(const Key& key, v1::SessionNews news) {
  if (const auto waiting = newest_.find(key); waiting != newest_.end()) {
    waiting->second = std::move(news);
    return true;
  }
  if (newest_.size() == kSessionsMax) return false;
  newest_.emplace(key, std::move(news));
  order_.emplace_back(key);
  return true;
}

void NewsQueue::put_end() {
  LICTOR_CHECK(!has_end_);
  has_end_ = true;
  order_.emplace_back();
}

void NewsQueue::clear() {
  newest_.clear();
  order_.clear();
  has_end_ = false;
}

bool NewsQueue::send(const std::function<bool(v1::SessionNews)>& send) {
  bool is_sent = false;
  for (; !order_.empty(); order_.pop_front()) {
    const std::optional<Key>& first = order_.front();
    if (!send(first ? newest_.at(*first) : v1::SessionNews())) break;
    if (first) {
      newest_.erase(*first);
    } else {
      has_end_ = false;
    }
    is_sent = true;
  }
  return is_sent;
}

}  // namespace lictor
