#include "control/cli/archive_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "dataplane/base/clock.h"
#include "dataplane/base/unique_fd.h"

namespace lictor::control::cli {
namespace {

struct Free {
  void operator()(archive* writer) const { archive_write_free(writer); }
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

bool write_member(archive& writer, const std::string& name, const std::string& octets, int64_t time_unix_ns) {
  const std::unique_ptr<archive_entry, Free> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0600);
  archive_entry_set_mtime(entry.get(), time_unix_ns / kNanosecondsPerSecond, 0);
  archive_entry_set_size(entry.get(), static_cast<int64_t>(octets.size()));
  return archive_write_header(&writer, entry.get()) == ARCHIVE_OK &&
         archive_write_data(&writer, octets.data(), octets.size()) == static_cast<la_ssize_t>(octets.size());
}

bool write_members(int file, const std::vector<std::pair<std::string, std::string>>& members, int64_t time_unix_ns) {
  const std::unique_ptr<archive, Free> writer(archive_write_new());
  if (archive_write_add_filter_zstd(writer.get()) != ARCHIVE_OK ||
      archive_write_set_format_pax_restricted(writer.get()) != ARCHIVE_OK ||
      archive_write_open_fd(writer.get(), file) != ARCHIVE_OK)
    return false;
  for (const auto& [name, octets] : members)
    if (!write_member(*writer, name, octets, time_unix_ns)) return false;
  return archive_write_close(writer.get()) == ARCHIVE_OK && ::fsync(file) == 0;
}

}  // namespace

Status write_archive(const std::string& path, const std::vector<std::pair<std::string, std::string>>& members,
                     int64_t time_unix_ns) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.valid())
    return errno == EEXIST ? absl::AlreadyExistsError("is there already")
                           : absl::UnavailableError(std::strerror(errno));
  if (write_members(file.get(), members, time_unix_ns)) return absl::OkStatus();
  ::unlink(path.c_str());
  return absl::UnavailableError("cannot be written");
}

}  // namespace lictor::control::cli
