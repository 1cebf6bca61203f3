// A file of sessions that only this dataplane can open: sealed by AES-256-GCM under a key of the configuration, no
// older than a bound. Main thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/base/clock.h"
#include "dataplane/base/result.h"
#include "dataplane/packet/sip_hash.h"

namespace lictor {

struct SnapshotConfig {
  std::string file;  // empty: sessions do not outlive the process
  std::string key;   // a file of 32 octets that its owner alone can read
  uint32_t age_max_s = 300;
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

// Replaces the file in one step; its owner alone can read it.
Status write_snapshot(const SnapshotConfig& config, const Snapshot& snapshot);

// NotFound: there is none, which is no fault. FailedPrecondition: it is too old, or from the future. InvalidArgument:
// it was altered, or sealed under another key.
Result<Snapshot> read_snapshot(const SnapshotConfig& config, LegalTime now);

}  // namespace lictor
