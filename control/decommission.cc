#include "control/decommission.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "control/registry/registry.h"

namespace lictor::control {
namespace {

namespace fs = std::filesystem;

constexpr size_t kRowsPerRead = 1024;

// Without the wrapped keys no row opens, by whatever master key; the rows go with them.
Status erase_rows(SqliteStore& rows) {
  for (;;) {
    const Result<std::vector<Entry>> page = rows.list("", "", kRowsPerRead);
    if (!page.ok()) return page.status();
    if (page->empty()) return rows.purge(Store::Purge::kAll);
    std::vector<Write> writes;
    for (const Entry& row : *page) writes.push_back({.key = row.key, .value = std::nullopt});
    if (const Result<uint64_t> erased = rows.commit(writes); !erased.ok()) return erased.status();
  }
}

Status erase_files(const std::string& folder) {
  std::error_code error;
  Status status;
  for (const auto& file : fs::directory_iterator(folder, error))
    if (file.is_regular_file()) status.Update(erase_key_file(file.path()));
  if (error && error != std::errc::no_such_file_or_directory)
    status.Update(absl::UnavailableError(fmt::format("{}: {}", folder, error.message())));
  return status;
}

Status check_no_live_warrant(Store& store) {
  const Result<std::unique_ptr<Registry>> registry = Registry::load(store);
  if (!registry.ok()) return registry.status();
  const size_t live = (*registry)->live_warrants().size();
  if (live == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      fmt::format("{} warrants are filed or in force: end or revoke them first", live));
}

}  // namespace

Result<std::vector<std::string>> decommission(const DaemonConfig& config, const OpenedStore& opened, AuditLog& audit) {
  if (Status status = check_no_live_warrant(*opened.store); !status.ok()) return status;
  Account account(&audit, [] { return legal_now(); });
  Status status = account.commit_alone(*opened.store, {.action = "daemon.decommission", .object = {}});
  if (status.ok()) status = audit.checkpoint(legal_now().unix_ns);
  if (!status.ok()) return status;
  // Each is tried, whatever became of the others.
  status.Update(erase_rows(*opened.rows));
  status.Update(erase_files(config.keys_directory));
  std::vector<std::string> by_hand = {"the audit log, " + config.audit.folder + ": keep it as long as you must"};
  const std::string& key = config.master_key.path();
  if (key.empty()) {
    by_hand.emplace_back("the store's master key, which is kept elsewhere");
  } else {
    status.Update(erase_key_file(key));
    status.Update(erase_key_file(next_key_file(key)));
  }
  by_hand.emplace_back("copies of the master key that you made, and backups of the store");
  if (!config.listen.key.empty()) by_hand.push_back("the key of TLS, " + config.listen.key);
  for (const std::string& path : {config.audit.key_path, config.audit.initial_key_path, config.directives_key})
    if (!path.empty()) status.Update(erase_key_file(path));
  if (!status.ok()) return status;
  return by_hand;
}

}  // namespace lictor::control
