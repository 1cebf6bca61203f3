// What lictord remembers: keys with bytes and revisions. A change is acknowledged only when it would survive a kill -9
// and a loss of power. The seam behind which a distributed engine can stand; nothing outside control/store knows how it
// is done. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dataplane/base/result.h"

namespace lictor::control {

struct Entry {
  std::string key;
  std::string value;
  uint64_t revision =
      0;  // of the commit that wrote it; grows over the whole store, never repeats, also after a deletion
};

// What a write expects to find. Absent expectation: whatever is there.
constexpr uint64_t kMustBeAbsent = 0;

struct Write {
  std::string key;
  std::optional<std::string> value;  // none: the key is deleted
  std::optional<uint64_t> expected_revision = {};
};

// In a sealed store, the row with the key of what seals a subject's values (a warrant's): who deletes it makes all that
// was sealed for that subject unreadable, for ever.
inline std::string subject_key(const std::string& subject) { return "sealed/key/" + subject; }

class Store {
 public:
  // How thoroughly what was deleted or replaced goes: out of the log alone, or out of all, written anew.
  enum class Purge { kLog, kAll };

  static constexpr size_t kKeyBytesMax = 512;
  static constexpr size_t kValueBytesMax = size_t{8} << 20;

  // The keys that one commit changed. Called on the committing thread after the commit; must not call the store.
  using Watcher = std::function<void(const std::vector<std::string>& keys)>;
  enum class WatchId : uint64_t {};

  virtual ~Store() = default;

  // Nothing where the key is absent.
  virtual Result<std::optional<Entry>> get(const std::string& key) = 0;
  // Up to `limit` entries whose keys start with `prefix` and are greater than `after` (empty: from the first), in key
  // order.
  virtual Result<std::vector<Entry>> list(const std::string& prefix, const std::string& after, size_t limit) = 0;
  // All writes or none. Aborted, naming the key, where an expectation does not hold; InvalidArgument where a bound is
  // exceeded. Returns the revision of everything written.
  virtual Result<uint64_t> commit(const std::vector<Write>& writes) = 0;
  // Tells of every later commit that touches a key with this prefix, until unwatch returns.
  virtual WatchId watch(const std::string& prefix, Watcher watcher) = 0;
  virtual void unwatch(WatchId id) = 0;
  // Ok: what was deleted or replaced before is in no file any more.
  virtual Status purge(Purge thoroughness) = 0;
};

}  // namespace lictor::control
