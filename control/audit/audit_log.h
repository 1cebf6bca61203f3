// The account of everything that was done, which nobody can edit unseen: entries hang together by hashes, are made
// under keys that evolve, and are signed by checkpoints. An act's answer waits until its entry is on the disk.
//
//   auto log = AuditLog::open({.folder = …, .key_path = …, .store_head = what the store remembers}, now);
//   auto entry = (*log)->record({.kind = AuditKind::kAct, .action = "warrant.end", .object = id, …});
//   … commit to the store, with entry->head in the same commit; where that fails: (*log)->take_back(entry->number, …)
//
// Any thread, but acts one at a time: from record() of one to its commit, or to take_back(), no other act is recorded.
// Else the store's head could go backwards, and a start could not tell which of two was not committed. One log, one
// process: its key file is locked.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "control/audit/entry.h"
#include "control/audit/key_file.h"
#include "control/audit/log_tail.h"

namespace lictor::control {

struct AuditLogOptions {
  std::string folder;    // of the log's files, mode 0700; made where it is missing
  std::string key_path;  // never in a backup
  // Where a new log leaves its first MAC key, for the auditor to take away; empty: it is forgotten, and only
  // checkpoints prove. Whoever reads it on this host can forge what checkpoints do not sign.
  std::string initial_key_path;
  AuditHead store_head;  // what the store's last commit remembered; number 0: the store is new
  // Why log and store are not held against each other this once (a backup was restored); empty: they are. The reason is
  // the first entry. Commit head() to the store at once: until the store remembers it the next start without a reason
  // finds the same difference again, and refuses.
  std::string accept_store;
  size_t file_bytes_max = size_t{64} << 20;  // from 1 to kFileBytesBound; a file ends with the record that reaches it
  uint64_t checkpoint_entries = 256;         // 1 at least
  int64_t checkpoint_ns = 60'000'000'000;
};

class AuditLog {
 public:
  struct Appended {
    uint64_t number = 0;  // of the entry
    AuditHead head;       // of the log: a checkpoint may stand behind it already
  };

  // Makes a log where there is none. DataLoss: log, keys or store are not what they were (see recover_audit); nothing
  // is then written. InvalidArgument: an option beyond its bound. What a crash left is cut off, and said in an entry,
  // as is an act that the store does not have.
  static Result<std::unique_ptr<AuditLog>> open(const AuditLogOptions& options, int64_t now_unix_ns);

  // Written, not yet synced. InvalidArgument: a bound, or secrets without a key. After a failed sync everything is
  // refused (DataLoss): nobody knows what is on the disk.
  Result<Appended> append(const AuditEvent& event);
  // Returns when this entry, and the keys behind it, are on the disk. Threads that wait at the same time share a sync.
  Status sync(uint64_t number);
  // Both.
  Result<Appended> record(const AuditEvent& event);
  // The commit of this act failed.
  Result<Appended> take_back(uint64_t number, const std::string& why, int64_t now_unix_ns);

  // Signs what is not signed for longer than checkpoint_ns.
  Status tick(int64_t now_unix_ns);
  // Signs what is there, synced. Before the end of the process; appending goes on.
  Status checkpoint(int64_t now_unix_ns);

  [[nodiscard]] AuditHead head() const;
  // Where the log ends now: what of its files is whole.
  struct Extent {
    AuditHead head;
    uint32_t file = 1;  // the last one
    size_t bytes = 0;   // of it
  };
  [[nodiscard]] Extent extent() const;
  // The last entry that is surely on the disk.
  [[nodiscard]] uint64_t synced() const;
  [[nodiscard]] const std::string& folder() const { return options_.folder; }
  [[nodiscard]] const LogId& id() const { return id_; }
  // Of the next checkpoint; of a new log: the one to take away.
  [[nodiscard]] PublicKey signer() const;

 private:
  AuditLog(AuditLogOptions options, std::unique_ptr<AuditKeyFile> key_file, std::shared_ptr<LogTail> tail,
           ChainState state, ChainKeys keys, int64_t now_unix_ns);
  static Status begin(const AuditLogOptions& options, AuditKeyFile& key_file);

  Result<AuditEntry> seal(const AuditEvent& event) const;
  Status write_locked(AuditEntry entry);
  Status rotate_locked();
  [[nodiscard]] Status check_usable() const;

  const AuditLogOptions options_;
  const LogId id_;
  const std::unique_ptr<AuditKeyFile> key_file_;  // written by the thread that syncs
  mutable std::mutex mutex_;                      // guards everything below
  std::condition_variable synced_changed_;
  std::shared_ptr<LogTail> tail_;
  ChainState state_;
  ChainKeys keys_;
  uint64_t synced_;
  bool syncing_ = false;
  bool broken_ = false;
  int64_t unsigned_since_ns_;  // time of the first entry behind the last checkpoint; 0: none
};

}  // namespace lictor::control
