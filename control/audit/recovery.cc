#include "control/audit/recovery.h"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::control {
namespace {

Status lost(uint64_t entry, const std::string& file, const std::string& what) {
  return absl::DataLossError(fmt::format("audit log: {}: entry {}: {}", file, entry, what));
}

// Looks at every entry on the way: whether it is where keys and store say that it was.
class Watch {
 public:
  Watch(const AuditKeyFile::Content& known, ChainKeys& keys, const std::optional<AuditHead>& store)
      : known_(known.state), keys_(keys), compares_(store.has_value()), store_(store.value_or(AuditHead())) {}

  void see(const AuditEntry& entry, const ChainState& now) {
    if (entry.number > known_.head.number && entry.kind == AuditKind::kCheckpoint) evolve_signer(keys_.signer_seed);
    if (compares_ && entry.number > store_.number && entry.kind == AuditKind::kAct) {
      if (pending_ != 0 && not_in_store_ == 0) not_in_store_ = pending_;
      pending_ = entry.number;
    }
    if (entry.action == kNotCommitted && entry.object == std::to_string(pending_)) pending_ = 0;
    compare(now);
  }
  void compare(const ChainState& now) {
    if (now.head.number == known_.head.number && (now.head != known_.head || now.signer != known_.signer))
      differs_ = now.head.number;
    if (now.head.number == store_.number && store_.number > 0) {
      seen_in_store_ = true;
      if (now.head != store_) store_differs_ = true;
    }
  }

  [[nodiscard]] Status differences(const std::string& file) const {
    if (differs_) return lost(*differs_, file, "it, or one before it, is another than the log's keys were made for");
    if (store_differs_) return lost(store_.number, file, "it, or one before it, is another than the store has seen");
    return absl::OkStatus();
  }
  // When all was walked through, up to `end`.
  [[nodiscard]] Status verdict(const std::string& file, uint64_t end) const {
    if (Status status = differences(file); !status.ok()) return status;
    if (end < known_.head.number)
      return lost(end + 1, file, fmt::format("it is gone, with all up to {}", known_.head.number));
    if (end < store_.number)
      return lost(end + 1, file, fmt::format("it is gone, with all up to {}: the store has seen them", store_.number));
    if (store_.number > 0 && !seen_in_store_)
      return lost(store_.number, file, "the store has seen it last, and its file is not here");
    if (not_in_store_ != 0)
      return lost(not_in_store_, file, "the store does not have this act, nor later ones: it is an older copy");
    return absl::OkStatus();
  }
  [[nodiscard]] uint64_t uncommitted() const { return pending_; }

 private:
  const ChainState known_;
  ChainKeys& keys_;
  const bool compares_;
  const AuditHead store_;
  std::optional<uint64_t> differs_;
  bool store_differs_ = false;
  bool seen_in_store_ = false;
  uint64_t pending_ = 0;       // an act behind the store's head that nobody has taken back
  uint64_t not_in_store_ = 0;  // the first that has another behind it
};

}  // namespace

Result<Recovered> recover_audit(const std::string& folder, AuditKeyFile::Content known,
                                const std::optional<AuditHead>& store_head) {
  const uint64_t stored = store_head ? store_head->number : 0;
  const Result<std::vector<uint32_t>> files = list_audit_files(folder);
  if (!files.ok()) return files.status();
  const uint64_t oldest = store_head ? std::min(known.state.head.number, stored) : known.state.head.number;
  if (files->empty()) {
    if (known.state.head.number > 0 || stored > 0) return lost(1, folder, "the log is gone");
    return Recovered{.state = known.state, .keys = std::move(known.keys)};
  }
  const Result<size_t> start = find_audit_file(folder, *files, oldest);
  if (!start.ok()) return start.status();
  Recovered found{.keys = std::move(known.keys)};
  Watch watch(known, found.keys, store_head);
  for (size_t i = *start; i < files->size(); ++i) {
    const std::string name = audit_file_name((*files)[i]);
    const Result<std::string> octets = read_audit_file(folder + "/" + name);
    if (!octets.ok()) return octets.status();
    if (i == *start) {
      // Nobody has to believe where it says that it begins: the keys say where it has to lead.
      const Result<FileHead> head = parse_file_head(as_bytes(*octets));
      if (!head.ok() && known.state.head.number > 0) return lost(1, name, "the head of its file cannot be read");
      found.state = head.ok() ? head->state : known.state;  // a crash left a log without an entry
      watch.compare(found.state);
    }
    FileWalk walk = walk_audit_file(
        name, (*files)[i], as_bytes(*octets), found.state,
        [&](const ChainState& now) { return now.head.number >= known.state.head.number ? &found.keys.mac : nullptr; },
        [&](const AuditEntry& entry, const ChainState& now) { watch.see(entry, now); });
    found.file = (*files)[i];
    found.good_bytes = walk.good_bytes;
    found.torn_bytes = octets->size() - walk.good_bytes;
    const bool is_last = i + 1 == files->size();
    if (walk.problem && !(walk.problem->torn && is_last)) {
      if (Status status = watch.differences(name); !status.ok()) return status;
      return lost(walk.problem->entry, name, walk.problem->what);
    }
  }
  if (Status status = watch.verdict(audit_file_name(found.file), found.state.head.number); !status.ok()) return status;
  found.uncommitted = watch.uncommitted();
  return found;
}

}  // namespace lictor::control
