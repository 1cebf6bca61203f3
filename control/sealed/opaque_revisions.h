// A store under revisions that cannot be counted. A store's revision is the number of its commit, and people see those
// of warrants and agencies: who read two of them would know how often others, of other desks, wrote between. What is
// seen through here is each number under a secret permutation: equal where the number is, and nothing else. Any thread.
#pragma once

#include <array>
#include <memory>

#include "control/store/store.h"

namespace lictor::control {

class OpaqueRevisions final : public Store {
 public:
  // The store's entry with what the permutation follows from, made where there is none: revisions that people have
  // taken down are good after a restart.
  static constexpr const char* kKey = "revisions";
  static constexpr size_t kSecretBytes = 32;

  // `store` outlives it. DataLoss where the entry is not what was written.
  static Result<std::unique_ptr<OpaqueRevisions>> open(Store& store);

  Result<std::optional<Entry>> get(const std::string& key) override;
  Result<std::vector<Entry>> list(const std::string& prefix, const std::string& after, size_t limit) override;
  Result<uint64_t> commit(const std::vector<Write>& writes) override;
  WatchId watch(const std::string& prefix, Watcher watcher) override {
    return store_.watch(prefix, std::move(watcher));
  }
  void unwatch(WatchId id) override { store_.unwatch(id); }
  Status purge(Purge thoroughness) override { return store_.purge(thoroughness); }

 private:
  OpaqueRevisions(Store& store, std::string secret) : store_(store), secret_(std::move(secret)) {}

  [[nodiscard]] uint64_t shown(uint64_t revision) const;
  [[nodiscard]] uint64_t real(uint64_t shown) const;
  [[nodiscard]] uint32_t round(uint32_t half, int number) const;

  Store& store_;
  const std::string secret_;
};

}  // namespace lictor::control
