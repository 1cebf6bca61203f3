#include "control/fleet/key_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "control/registry/text_rules.h"

namespace lictor::control {
namespace {

constexpr const char* kUnfinished = ".new";

// A path names a UUID, which names nobody.
Status failed(const std::string& path, const char* what) {
  return absl::UnavailableError(fmt::format("keys: {}: {}: {}", path, what, std::strerror(errno)));
}

// What a disk keeps of overwritten octets is not in our hands; what a file system would hand out again is.
void overwrite(const UniqueFd& file, size_t bytes) {
  const std::string zeros(bytes, '\0');
  if (file.get() >= 0 && ::write(file.get(), zeros.data(), bytes) == static_cast<ssize_t>(bytes)) ::fsync(file.get());
}

}  // namespace

Result<std::unique_ptr<KeyFiles>> KeyFiles::open(const std::string& directory, const std::string& suffix) {
  std::error_code error;
  if (std::filesystem::create_directories(directory, error)) ::chmod(directory.c_str(), 0700);
  struct stat status {};
  if (error || ::stat(directory.c_str(), &status) != 0) return failed(directory, "cannot be made");
  if ((status.st_mode & 077) != 0)
    return absl::FailedPreconditionError("keys.directory: " + directory + " can be read by others: chmod 700");
  std::unique_ptr<KeyFiles> keys(new KeyFiles(directory, suffix));
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    std::string name = entry.path().filename();
    const bool is_unfinished = name.ends_with(suffix + kUnfinished);  // a crash left it; nobody was told of it
    if (is_unfinished) name.resize(name.size() - std::strlen(kUnfinished));
    if (!name.ends_with(suffix)) continue;
    name.resize(name.size() - suffix.size());
    if (is_unfinished && is_uuid(name)) ::unlink(entry.path().c_str());
    if (is_unfinished) continue;
    std::error_code unreadable;
    const uintmax_t bytes = entry.file_size(unreadable);
    if (is_uuid(name)) keys->sizes_[name] = unreadable ? 0 : static_cast<size_t>(bytes);
  }
  if (error) return absl::UnavailableError("keys.directory: " + directory + ": " + error.message());
  return keys;
}

Result<SecretOctets> KeyFiles::read(const std::string& id) const {
  const std::string path = path_of(id);
  const auto known = sizes_.find(id);
  if (known == sizes_.end()) return absl::NotFoundError("keys: there is none");
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  SecretOctets key(std::string(known->second + 1, '\0'));
  const ssize_t read = file.get() < 0 ? -1 : ::read(file.get(), key.text().data(), key.text().size());
  if (read < 0 || static_cast<size_t>(read) != known->second) return failed(path, "cannot be read");
  key.text().resize(known->second);
  return key;
}

Status KeyFiles::write(const std::string& id, const std::string& octets) {
  if (Status status = stage(id, octets); !status.ok()) return status;
  return publish(id, octets.size());
}

// Under another name until it is whole and on the disk: a key that was told is never half a key afterwards.
Status KeyFiles::stage(const std::string& id, const std::string& octets) const {
  const Result<UniqueFd> file = write_unfinished(id, octets);
  if (!file.ok()) return file.status();
  return ::fsync(file->get()) == 0 ? absl::OkStatus() : failed(path_of(id) + kUnfinished, "cannot be written");
}

Result<UniqueFd> KeyFiles::write_unfinished(const std::string& id, const std::string& octets) const {
  const std::string path = path_of(id) + kUnfinished;
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW;
  UniqueFd file(::open(path.c_str(), flags, 0600));
  if (file.get() < 0) return failed(path, "cannot be made");
  if (::write(file.get(), octets.data(), octets.size()) != static_cast<ssize_t>(octets.size()))
    return failed(path, "cannot be written");
  return file;
}

// All are written before the disk is waited for: the first wait then takes most of the others along.
Status KeyFiles::write_new(const std::map<std::string, SecretOctets>& keys) {
  for (const auto& [id, key] : keys)
    if (has(id)) return absl::AlreadyExistsError("keys: there is one already");
  std::map<std::string, UniqueFd> files;
  Status status;
  for (auto key = keys.begin(); key != keys.end() && status.ok(); ++key) {
    Result<UniqueFd> file = write_unfinished(key->first, key->second.text());
    status = file.status();
    if (file.ok()) files.emplace(key->first, *std::move(file));
  }
  for (auto file = files.begin(); file != files.end() && status.ok(); ++file)
    if (::fsync(file->second.get()) != 0) status = failed(path_of(file->first) + kUnfinished, "cannot be written");
  std::vector<std::string> named;
  for (const auto& [id, file] : files) {
    const std::string path = path_of(id);
    if (status.ok() && ::rename((path + kUnfinished).c_str(), path.c_str()) != 0) status = failed(path, "rename");
    if (status.ok()) named.push_back(id);
  }
  for (const auto& [id, key] : keys)
    if (std::ranges::find(named, id) == named.end()) discard(id, key.text().size());
  if (named.empty()) return status;
  if (Status synced = sync(); !synced.ok()) return synced;
  for (const std::string& id : named) sizes_[id] = keys.at(id).text().size();
  return status;
}

Status KeyFiles::publish(const std::string& id, size_t bytes) {
  const std::string path = path_of(id);
  const UniqueFd before(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  if (::rename((path + kUnfinished).c_str(), path.c_str()) != 0) {
    const Status status = failed(path, "rename");
    discard(id, bytes);
    return status;
  }
  // From here on the former key is gone, and the new one is none before it is on the disk.
  const auto known = sizes_.find(id);
  const size_t former = known == sizes_.end() ? 0 : known->second;
  if (known != sizes_.end()) sizes_.erase(known);
  if (Status status = sync(); !status.ok()) return status;
  if (former != 0) overwrite(before, former);
  sizes_[id] = bytes;
  return absl::OkStatus();
}

void KeyFiles::discard(const std::string& id, size_t bytes) const {
  const std::string path = path_of(id) + kUnfinished;
  overwrite(UniqueFd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)), bytes);
  ::unlink(path.c_str());
}

Status KeyFiles::erase(const std::string& id) {
  const auto known = sizes_.find(id);
  if (known == sizes_.end()) return absl::OkStatus();
  const std::string path = path_of(id);
  overwrite(UniqueFd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW)), known->second);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed(path, "cannot be removed");
  // Known until it is gone from the disk: so it is tried again.
  if (Status status = sync(); !status.ok()) return status;
  sizes_.erase(known);
  return absl::OkStatus();
}

Status KeyFiles::sync() const {
  const UniqueFd directory(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory.get() >= 0 && ::fsync(directory.get()) == 0 ? absl::OkStatus() : failed(directory_, "fsync");
}

}  // namespace lictor::control
