#include "control/audit/room_reserve.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

namespace lictor::control {

Result<std::unique_ptr<RoomReserve>> RoomReserve::open(const std::vector<std::string>& paths, uint64_t bytes) {
  std::unique_ptr<RoomReserve> reserve(new RoomReserve(bytes));
  std::set<dev_t> disks;
  for (const std::string& path : paths) {
    UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    struct stat facts {};
    if (!file.valid() || ::fstat(file.get(), &facts) != 0)
      return absl::UnavailableError(fmt::format("{}: {}", path, std::strerror(errno)));
    if (!S_ISREG(facts.st_mode)) return absl::UnavailableError(fmt::format("{}: is no regular file", path));
    if (disks.insert(facts.st_dev).second) reserve->files_.push_back(std::move(file));
  }
  reserve->is_given_up_ = !reserve->keep();
  return reserve;
}

// What is kept back already costs nothing. All or nothing: half a reserve is none.
bool RoomReserve::keep() {
  const bool is_kept = std::ranges::all_of(files_, [this](const UniqueFd& file) {
    return ::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes_)) == 0;
  });
  if (!is_kept)
    for (const UniqueFd& file : files_) static_cast<void>(::ftruncate(file.get(), 0));
  return is_kept;
}

bool RoomReserve::give_up() {
  const std::lock_guard lock(mutex_);
  if (is_given_up_.exchange(true)) return false;
  bool is_given = true;
  for (const UniqueFd& file : files_)
    is_given = ::ftruncate(file.get(), 0) == 0 && ::fsync(file.get()) == 0 && is_given;
  return is_given;
}

RoomReserve::Room RoomReserve::look() {
  const std::lock_guard lock(mutex_);
  if (is_given_up_ && has_free(2 * bytes_)) is_given_up_ = !keep();
  if (is_given_up_) return Room::kGivenUp;
  return has_free(kLowTimes * bytes_) ? Room::kEnough : Room::kLow;
}

bool RoomReserve::has_free(uint64_t bytes) const {
  return std::ranges::all_of(files_, [bytes](const UniqueFd& file) {
    struct statfs disk {};
    return ::fstatfs(file.get(), &disk) == 0 && disk.f_bavail * static_cast<uint64_t>(disk.f_bsize) >= bytes;
  });
}

}  // namespace lictor::control
