#include "control/vault/private_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "dataplane/base/unique_fd.h"

namespace lictor::control {
namespace {

// Whoever may write the file or become its owner could put another secret in its place.
std::string why_not_private(const struct stat& facts) {
  if (!S_ISREG(facts.st_mode)) return "is not a plain file";
  if (facts.st_uid != ::geteuid() && facts.st_uid != 0) return "belongs to another user";
  const mode_t rights = facts.st_mode & 07777;
  if (rights != 0400 && rights != 0600) return fmt::format("has mode {:o}: it must be 400 or 600", rights);
  return {};
}

}  // namespace

Result<PrivateText> read_private_file(const std::string& path, size_t bytes_max, const char* what) {
  const auto unusable = [&](std::string_view why) {
    return absl::FailedPreconditionError(fmt::format("{} {}: {}", what, path, why));
  };
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat facts {};
  if (!file.valid() || ::fstat(file.get(), &facts) != 0) return unusable(std::strerror(errno));
  if (const std::string why = why_not_private(facts); !why.empty()) return unusable(why);
  Result<SecretBuffer> room = SecretBuffer::make(bytes_max + 1);
  if (!room.ok()) return room.status();
  const ssize_t read = ::read(file.get(), room->octets().data(), room->octets().size());
  if (read < 0) return unusable(std::strerror(errno));
  auto length = static_cast<size_t>(read);
  if (length > bytes_max) return unusable(fmt::format("has more than {} octets", bytes_max));
  while (length > 0 && (room->octets()[length - 1] == '\n' || room->octets()[length - 1] == '\r')) --length;
  return PrivateText{.room = *std::move(room), .length = length};
}

}  // namespace lictor::control
