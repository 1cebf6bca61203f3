// Room on the disks of log and store that is kept back for what must always be possible: that somebody ends an
// interception, with its entry in the account, though the disk is full. Files as long as that room, with nothing in
// them. Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dataplane/base/result.h"
#include "dataplane/base/unique_fd.h"

namespace lictor::control {

class RoomReserve {
 public:
  // Some thousand reductions: one takes an entry, and pages of the store's log that the next one takes again.
  static constexpr uint64_t kBytes = uint64_t{16} << 20;
  // A disk with less free room than so many times the reserve is called low.
  static constexpr uint64_t kLowTimes = 4;

  enum class Room { kEnough, kLow, kGivenUp };

  // A file beside log and store each, mode 0600, made where it is missing; of those that are on one disk the first is
  // enough. Where a disk has no room for its own the reserve is given up from the start.
  static Result<std::unique_ptr<RoomReserve>> open(const std::vector<std::string>& paths, uint64_t bytes = kBytes);

  // False: it was given up before, and there is nothing left to give.
  bool give_up();
  // Keeps back what was given up, once the disks have room for it and as much again. Costs some system calls.
  Room look();
  [[nodiscard]] bool is_given_up() const { return is_given_up_; }

 private:
  explicit RoomReserve(uint64_t bytes) : bytes_(bytes) {}
  [[nodiscard]] bool has_free(uint64_t bytes) const;  // on each disk
  bool keep();

  const uint64_t bytes_;
  std::vector<UniqueFd> files_;
  std::mutex mutex_;  // held while the files change
  std::atomic<bool> is_given_up_ = false;
};

}  // namespace lictor::control
