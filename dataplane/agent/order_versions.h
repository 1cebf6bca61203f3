// The newest version of each warrant's order that was taken: an older one may order more than what is in force. Kept in
// a file, where there is one, so that a restart forgets none. The file names warrants by their ids and nobody else.
// Control thread: a new version waits for the disk, which a warrant needs seldom.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "dataplane/base/clock.h"
#include "dataplane/base/result.h"
#include "dataplane/base/unique_fd.h"

namespace lictor {

class OrderVersions {
 public:
  // Warrants whose newest version is known. Those whose order is over make room; beyond, new ones are refused.
  static constexpr size_t kWarrantsMax = 65536;
  // Lines of the file, one a version that was taken, until it is written anew with the newest ones alone.
  static constexpr size_t kLinesMax = 4 * kWarrantsMax;

  // `path` empty: known to this process alone. DataLoss: the file is not what was written, by which nobody knows what
  // is old; Unavailable: it cannot be read or written. Both name it.
  static Result<std::unique_ptr<OrderVersions>> open(const std::string& path);

  // The order with this version is taken; on the disk when this returns. `end`: behind it the order is of no use.
  // FailedPrecondition: a newer one was; ResourceExhausted: of too many warrants; Unavailable: it cannot be kept.
  Status take(const std::string& warrant_id, uint64_t version, LegalTime end, LegalTime now);

 private:
  struct Version {
    uint64_t number = 0;
    LegalTime end;  // of the longest order that had it: behind it none of the warrant can be used
  };

  explicit OrderVersions(std::string path) : path_(std::move(path)) {}

  Status load();
  bool read_line(std::string_view line);
  Status write_anew();
  Status append(const std::string& warrant_id, const Version& version);

  const std::string path_;
  std::map<std::string, Version> versions_;  // by warrant
  UniqueFd file_;                            // at its end; not valid: there is none
  size_t lines_ = 0;
};

}  // namespace lictor
