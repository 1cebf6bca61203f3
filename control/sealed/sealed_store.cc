#include "control/sealed/sealed_store.h"

#include "control/sealed/batch.h"
#include "control/sealed/seal.h"
#include "control/vault/octets.h"
#include "dataplane/base/check.h"

namespace lictor::control {
namespace {

constexpr size_t kRowsPerRead = 256;

template <typename Each>
Status for_each_row(Store& rows, const std::string& prefix, const Each& each) {
  std::string after;
  for (;;) {
    const Result<std::vector<Entry>> page = rows.list(prefix, after, kRowsPerRead);
    if (!page.ok()) return page.status();
    for (const Entry& row : *page)
      if (Status status = each(row); !status.ok()) return status;
    if (page->size() < kRowsPerRead) return absl::OkStatus();
    after = page->back().key;
  }
}

std::string hex_of(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const uint8_t octet : digest) {
    text.push_back(kDigits[octet >> 4]);
    text.push_back(kDigits[octet & 15]);
  }
  return text;
}

}  // namespace

Result<bool> SealedStore::is_sealed(Store& rows) {
  const Result<std::optional<Entry>> header = rows.get(kHeaderName);
  if (!header.ok()) return header.status();
  return header->has_value();
}

Result<std::unique_ptr<SealedStore>> SealedStore::open(Store& rows, const MasterKeySource& source, SealingRules rules) {
  const Result<std::optional<Entry>> header = rows.get(kHeaderName);
  if (!header.ok()) return header.status();
  Result<std::unique_ptr<Vault>> vault =
      header->has_value() ? Vault::open(as_bytes((*header)->value), source) : Vault::make(source);
  if (!vault.ok()) return vault.status();
  const std::string made = header->has_value() ? "" : (*vault)->header();
  std::unique_ptr<SealedStore> store(new SealedStore(rows, *std::move(vault), std::move(rules)));
  if (Status status = made.empty() ? store->verify() : store->seal_rows(made); !status.ok()) return status;
  const Result<std::optional<Entry>> unfinished = rows.get(kPurgeName);
  if (!unfinished.ok()) return unfinished.status();
  if (unfinished->has_value())
    if (Status status = store->purge(Purge::kAll); !status.ok()) return status;
  return store;
}

// What was written before there was a vault, in the one commit that makes it.
Status SealedStore::seal_rows(const std::string& header) {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries;
  StoreSum sum;
  const Status read = for_each_row(rows_, "", [&](const Entry& entry) {
    entries.push_back(entry);
    sum.add(digest_of(entry.key, entry.value));
    return absl::OkStatus();
  });
  if (!read.ok()) return read;
  Batch batch(*this, sum);
  Status status = batch.put(kHeaderName, header, kMustBeAbsent);
  for (const Entry& entry : entries) {
    if (row_name_of(entry.key) != entry.key) status.Update(batch.put(entry.key, std::nullopt));
    status.Update(batch.add({.key = entry.key, .value = entry.value}));
  }
  if (!status.ok()) return status;
  if (!entries.empty()) batch.purge_afterwards();
  sealed_at_open_ = entries.size();
  return commit_batch(batch).status();
}

// Who can write the file and has no key makes no sum. Who puts all of an older copy back does: the audit log tells.
Status SealedStore::verify() {
  const std::lock_guard lock(mutex_);
  const Result<StoreSum> stored = stored_sum();
  if (!stored.ok()) return stored.status();
  StoreSum found;
  const Status read = for_each_row(rows_, "", [&](const Entry& row) {
    if (is_summed(row.key)) found.add(digest_of(row.key, row.value));
    return absl::OkStatus();
  });
  if (!read.ok()) return read;
  if (found != *stored)
    return absl::DataLossError("store: its rows are not those that were committed: one was altered, removed or added");
  sum_ = found;
  return absl::OkStatus();
}

Result<StoreSum> SealedStore::stored_sum() {
  const Result<std::optional<Entry>> row = rows_.get(kSumName);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return absl::DataLossError("store: the sum of its rows is gone");
  const Result<std::string> octets = unseal_row(keys_, kSumName, (*row)->value);
  if (!octets.ok()) return octets.status();
  return StoreSum::parse(as_bytes(*octets));
}

Result<StoreSum> SealedStore::current_sum() {
  if (sum_) return *sum_;
  return stored_sum();
}

std::string SealedStore::row_name_of(const std::string& key) {
  if (!rules_.is_blind(key)) return key;
  return key.substr(0, key.find('/') + 1) + hex_of(keys_.index("key", key));
}

Digest SealedStore::digest_of(const std::string& name, const std::string& octets) {
  std::string row;
  append_counted(row, name);
  append_counted(row, octets);
  return keys_.index("sum", row);
}

Result<Entry> SealedStore::open_row(const std::string& key, Entry row) {
  Result<std::string> value = unseal_row(keys_, row.key, row.value);
  if (!value.ok()) return value.status();
  return Entry{.key = key, .value = *std::move(value), .revision = row.revision};
}

Result<std::optional<Entry>> SealedStore::get(const std::string& key) {
  if (key.starts_with(kSealedPrefix)) return absl::InvalidArgumentError("store: rows of the sealing are not read");
  Result<std::optional<Entry>> row = rows_.get(row_name_of(key));
  if (!row.ok() || !row->has_value()) return row;
  Result<Entry> entry = open_row(key, **std::move(row));
  if (!entry.ok()) return entry.status();
  return std::optional<Entry>(*std::move(entry));
}

Result<std::vector<Entry>> SealedStore::list(const std::string& prefix, const std::string& after, size_t limit) {
  if (rules_.is_blind(prefix) || prefix.starts_with(kSealedPrefix) || kSealedPrefix.starts_with(prefix))
    return absl::InvalidArgumentError("store: keys that are blind, or rows of the sealing, are not listed");
  Result<std::vector<Entry>> rows = rows_.list(prefix, after, limit);
  if (!rows.ok()) return rows;
  for (Entry& row : *rows) {
    const std::string key = row.key;
    Result<Entry> entry = open_row(key, std::move(row));
    if (!entry.ok()) return entry.status();
    row = *std::move(entry);
  }
  return rows;
}

Result<uint64_t> SealedStore::commit(const std::vector<Write>& writes) {
  const std::lock_guard lock(mutex_);
  const Result<StoreSum> sum = current_sum();
  if (!sum.ok()) return sum.status();
  Batch batch(*this, *sum);
  for (const Write& write : writes)
    if (Status status = batch.add(write); !status.ok()) return status;
  return commit_batch(batch);
}

Result<uint64_t> SealedStore::commit_batch(Batch& batch) {
  if (Status status = batch.finish(); !status.ok()) return status;
  const Result<uint64_t> revision = rows_.commit(batch.rows());
  sum_.reset();
  if (!revision.ok()) return revision;
  sum_ = batch.sum();
  batch.keep_keys();
  return revision;
}

Store::WatchId SealedStore::watch(const std::string& prefix, Watcher watcher) {
  LICTOR_CHECK(!rules_.is_blind(prefix));
  return rows_.watch(prefix, std::move(watcher));
}

Status SealedStore::purge(Purge thoroughness) {
  const std::lock_guard lock(mutex_);
  if (Status status = rows_.purge(thoroughness); !status.ok()) return status;
  return rows_.commit({{.key = kPurgeName, .value = std::nullopt}}).status();
}

Status SealedStore::rotate(const MasterKeySource& source) {
  const std::lock_guard lock(mutex_);
  const Result<StoreSum> sum = current_sum();
  Result<std::unique_ptr<Vault>> next = keys_.next(source);
  if (!sum.ok()) return sum.status();
  if (!next.ok()) return next.status();
  Batch batch(*this, *sum);
  Status status = batch.put(kHeaderName, (*next)->header());
  status.Update(for_each_row(rows_, subject_key(""), [&](const Entry& row) {
    Result<std::string> wrapped = keys_.rewrap(**next, row.key, row.value);
    return wrapped.ok() ? batch.put(row.key, *std::move(wrapped), row.revision) : wrapped.status();
  }));
  if (!status.ok()) return status;
  batch.purge_afterwards();
  if (status = batch.finish(); !status.ok()) return status;
  status = keys_.replace(*std::move(next), [&] { return rows_.commit(batch.rows()).status(); });
  sum_.reset();
  if (status.ok()) sum_ = batch.sum();
  return status;
}

}  // namespace lictor::control
