// One commit of a sealed store while it is put together: the rows that it writes, the keys that it makes or erases, and
// the sum behind it. Private to control/sealed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/sealed/sealed_store.h"

namespace lictor::control {

inline const std::string kSealedPrefix = "sealed/";
inline const std::string kHeaderName = "sealed/vault";
inline const std::string kSumName = "sealed/sum";
inline const std::string kPurgeName = "sealed/purge";

// Whether a row counts in the sum.
inline bool is_summed(const std::string& name) { return name != kSumName && name != kPurgeName; }

class SealedStore::Batch {
 public:
  Batch(SealedStore& store, const StoreSum& sum) : store_(store), sum_(sum) {}

  // An entry, as the store's user writes it.
  Status add(const Write& write);
  // A row as it is.
  Status put(std::string name, std::optional<std::string> octets, std::optional<uint64_t> expected_revision = {});
  // The sum's own row, and that something has to be purged. Nothing is added behind it.
  Status finish();

  [[nodiscard]] const std::vector<Write>& rows() const { return rows_; }
  [[nodiscard]] const StoreSum& sum() const { return sum_; }
  // What these rows were may not stay in any file.
  void purge_afterwards() { purges_ = true; }
  // It was committed.
  void keep_keys();

 private:
  Result<SharedDataKey> key_of(const std::string& subject);
  Result<std::optional<Digest>> former(const std::string& name);

  SealedStore& store_;
  StoreSum sum_;
  bool purges_ = false;
  std::vector<Write> rows_;
  std::map<std::string, std::optional<Digest>> written_;  // what counts of a row that was written here already
  std::map<std::string, SharedDataKey> made_;
  std::set<std::string> erased_;
};

}  // namespace lictor::control
