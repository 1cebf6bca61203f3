// A Store that seals what it keeps in another one: every value under a data key (one a warrant, or the store's own),
// and names of rows that say something secret as blind indexes. A copy of the rows, their log or a backup shows no
// target, LIID, reference or person. Whoever alters, moves, removes or puts back a row without the master key makes a
// store that does not open. Any thread.
//
//   sealed/vault        the vault's header           sealed/key/…   wrapped data keys, by subject
//   sealed/sum          over all rows but this       sealed/purge   former octets may still be in the files
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "control/sealed/key_ring.h"
#include "control/sealed/store_sum.h"
#include "control/store/store.h"
#include "control/vault/master_key_source.h"

namespace lictor::control {

// What is known of the entries that are kept: by whoever defines them.
struct SealingRules {
  // Whether a key must not stand there as it is; neither may its prefixes be listed or watched then.
  std::function<bool(const std::string& key)> is_blind;
  // Whose key seals this entry's value; empty: the store's own.
  std::function<Result<std::string>(const std::string& key, const std::string& value)> subject_of;
};

class SealedStore final : public Store {
 public:
  // Whether these rows were sealed before.
  static Result<bool> is_sealed(Store& rows);

  // Rows that are not sealed yet are, all in one commit, and what they were is purged. `rows` outlives it.
  // PermissionDenied: the wrong master key; DataLoss: a row was altered, moved, removed, added or put back.
  static Result<std::unique_ptr<SealedStore>> open(Store& rows, const MasterKeySource& source, SealingRules rules);

  Result<std::optional<Entry>> get(const std::string& key) override;
  // InvalidArgument: the prefix is of blind keys, or of the sealing's own rows.
  Result<std::vector<Entry>> list(const std::string& prefix, const std::string& after, size_t limit) override;
  // The deletion of a subject_key goes into the same commit as whatever takes the place of the subject's entries.
  Result<uint64_t> commit(const std::vector<Write>& writes) override;
  WatchId watch(const std::string& prefix, Watcher watcher) override;
  void unwatch(WatchId id) override { rows_.unwatch(id); }
  Status purge(Purge thoroughness) override;

  // From now on under another master key. What was copied before opens by the former one; purge() behind it.
  Status rotate(const MasterKeySource& source);

  // Of plain entries that open() has sealed.
  [[nodiscard]] size_t sealed_at_open() const { return sealed_at_open_; }

 private:
  class Batch;

  SealedStore(Store& rows, std::unique_ptr<const Vault> vault, SealingRules rules)
      : rows_(rows), rules_(std::move(rules)), keys_(rows, std::move(vault)) {}

  Status seal_rows(const std::string& header);
  Status verify();
  Result<StoreSum> stored_sum();
  // Of the rows as they are, by who holds the mutex.
  Result<StoreSum> current_sum();
  Result<uint64_t> commit_batch(Batch& batch);
  [[nodiscard]] std::string row_name_of(const std::string& key);
  [[nodiscard]] Digest digest_of(const std::string& name, const std::string& octets);
  Result<Entry> open_row(const std::string& key, Entry row);

  Store& rows_;
  const SealingRules rules_;
  KeyRing keys_;
  std::mutex mutex_;             // held by whoever writes; guards what follows
  std::optional<StoreSum> sum_;  // as it was committed last; nothing: a commit failed, and the rows know
  size_t sealed_at_open_ = 0;
};

}  // namespace lictor::control
