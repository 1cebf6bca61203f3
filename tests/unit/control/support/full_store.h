// A store whose disk can be full: it then refuses every commit, and counts them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "control/store/store.h"

namespace lictor::control {

class FullStore : public Store {
 public:
  explicit FullStore(Store& store) : store_(store) {}

  Result<std::optional<Entry>> get(const std::string& key) override { return store_.get(key); }
  Result<std::vector<Entry>> list(const std::string& prefix, const std::string& after, size_t limit) override {
    return store_.list(prefix, after, limit);
  }
  Result<uint64_t> commit(const std::vector<Write>& writes) override {
    if (!full) return store_.commit(writes);
    ++refused;
    return absl::ResourceExhaustedError("database or disk is full");
  }
  WatchId watch(const std::string& prefix, Watcher watcher) override {
    return store_.watch(prefix, std::move(watcher));
  }
  void unwatch(WatchId id) override { store_.unwatch(id); }
  Status purge(Purge thoroughness) override { return store_.purge(thoroughness); }

  bool full = false;
  int refused = 0;

 private:
  Store& store_;
};

}  // namespace lictor::control
