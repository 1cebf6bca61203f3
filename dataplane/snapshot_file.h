// A file of sessions that only this dataplane can open: sealed by AES-256-GCM under a key that is made from one of the
// configuration for this file alone, no older than a bound. Behind the sessions come pieces of what happened since,
// each sealed for itself under its number. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/base/result.h"
#include "dataplane/base/unique_fd.h"
#include "dataplane/packet/sip_hash.h"

namespace lictor {

struct SnapshotConfig {
  std::string file;  // empty: sessions do not outlive the process
  std::string key;   // a file of 32 octets that its owner alone can read
  uint32_t age_max_s = 300;
  std::string boot_id = "/proc/sys/kernel/random/boot_id";  // names the machine's start: the kernel's file
  uint32_t interval_s = 60;  // a new one is written so often while the process runs; 0: at its orderly end alone
};

// The secret hashes by which sessions and names are found; they go with the sessions.
struct SnapshotKeys {
  HashKey book;
  HashKey radius;
  HashKey dhcp4;
  HashKey dhcp6;
  HashKey pppoe;

  static SnapshotKeys random();
};

struct Snapshot {
  SnapshotKeys keys;
  LegalTime made;
  std::vector<uint8_t> sessions;  // session_snapshot.h
};

// FailedPrecondition names the key's file that cannot be read, that others may read, or that holds no key.
Status check_snapshot_key(const SnapshotConfig& config);

// A snapshot that is being written and then takes the place of the former one, and can be added to before and behind
// that. Its owner alone can read it. FailedPrecondition says what failed; the former one may be there still.
class SnapshotFile {
 public:
  // What its key takes of OpenSSL's secure heap, if there is one.
  static constexpr size_t kLockedBytes = 32;

  // Beside the former one. `config` outlives this.
  static Result<SnapshotFile> begin(const SnapshotConfig& config, const Snapshot& snapshot);
  // Items that come behind what the file has; `items` is empty afterwards. It survives the end of the process, and not
  // that of the machine.
  Status append(std::vector<uint8_t>& items);
  // What is there goes to the disk: does not return before.
  Status settle();
  // It is whole: settled, it replaces the former one in one step.
  Status finish();
  // It will never be: nothing is left of it.
  void drop();

  // Octets that are in the file.
  [[nodiscard]] uint64_t bytes() const { return bytes_; }

 private:
  struct Key;
  struct EraseKey {
    void operator()(Key* key) const;
  };
  using KeyPointer = std::unique_ptr<Key, EraseKey>;
  SnapshotFile(const SnapshotConfig& config, UniqueFd file, KeyPointer key)
      : config_(&config), file_(std::move(file)), key_(std::move(key)) {}

  const SnapshotConfig* config_;
  UniqueFd file_;
  KeyPointer key_;
  uint64_t pieces_ = 0;
  uint64_t bytes_ = 0;
};

// All of it, in one call.
Status write_snapshot(const SnapshotConfig& config, const Snapshot& snapshot);
// Nothing is read of it any more.
void remove_snapshot(const SnapshotConfig& config);

// What was written and added; a last piece that the process did not finish is left out. NotFound: there is none, which
// is no fault. FailedPrecondition: it is too old, from the future, or of another
// start of the machine. InvalidArgument: it was altered, or sealed under
// another key.
Result<Snapshot> read_snapshot(const SnapshotConfig& config, LegalTime now);

}  // namespace lictor
