// News of this dataplane's sessions that wait until the stream to lictord takes them: of each session the newest, in
// the order in which its first one came. Control thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "dataplane/base/ids.h"
#include "lictor/v1/fleet.pb.h"

namespace lictor {

class NewsQueue {
 public:
  // Twice what the stream keeps ready to be sent; some MiB.
  static constexpr size_t kSessionsMax = 8192;
  using Key = std::pair<Xid, uint32_t>;  // by CIN

  // In the place of what waits of that session. False where there is no room: whoever has it keeps it, and comes again.
  [[nodiscard]] bool put(const Key& key, v1::SessionNews news);
  // Behind all that waits: a message without XID, for these were all. While has_end() nobody puts another: a session
  // that is told anew keeps its place in front of the first one.
  void put_end();
  [[nodiscard]] bool has_end() const { return has_end_; }
  [[nodiscard]] size_t sessions() const { return newest_.size(); }
  void clear();

  // Hands over what `send` takes, which answers whether it did. True: something was sent.
  bool send(const std::function<bool(v1::SessionNews)>& send);

 private:
  std::map<Key, v1::SessionNews> newest_;
  std::deque<std::optional<Key>> order_;  // nothing: the end
  bool has_end_ = false;
};

}  // namespace lictor
