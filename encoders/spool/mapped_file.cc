#include "encoders/spool/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

namespace lictor {
namespace {

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

// The path names a destination's digest, never a destination.
Status refused(const char* what, int error) {
  return absl::UnavailableError(fmt::format("spool: {}: {}", what, std::strerror(error)));
}

}  // namespace

MappedFile::MappedFile(std::string path, int fd, uint8_t* memory, size_t bytes)
    : path_(std::move(path)), fd_(fd), memory_(memory), bytes_(bytes), guard_(memory, bytes) {}

MappedFile::~MappedFile() {
  munmap(memory_, bytes_);
  close(fd_);
}

Result<std::unique_ptr<MappedFile>> MappedFile::map(const std::string& path, int fd, size_t bytes) {
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) {
    const int error = errno;
    close(fd);
    return refused("mmap", error);
  }
  madvise(memory, bytes, MADV_DONTDUMP);
  return std::unique_ptr<MappedFile>(new MappedFile(path, fd, static_cast<uint8_t*>(memory), bytes));
}

Result<std::unique_ptr<MappedFile>> MappedFile::create(const std::string& path, size_t bytes) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return refused("create", errno);
  if (const int error = posix_fallocate(fd, 0, static_cast<off_t>(bytes)); error != 0) {
    close(fd);
    unlink(path.c_str());
    return refused("posix_fallocate", error);
  }
  Result<std::unique_ptr<MappedFile>> file = map(path, fd, bytes);
  if (!file.ok()) {
    unlink(path.c_str());
  } else {
    (*file)->touch();
  }
  return file;
}

Result<std::unique_ptr<MappedFile>> MappedFile::open(const std::string& path, size_t bytes_min) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return refused("open", errno);
  struct stat status {};
  if (fstat(fd, &status) != 0 || static_cast<size_t>(status.st_size) < bytes_min) {
    close(fd);
    return absl::DataLossError("spool: a file is too short");
  }
  return map(path, fd, static_cast<size_t>(status.st_size));
}

void MappedFile::touch() {
  if (madvise(memory_, bytes_, MADV_POPULATE_WRITE) == 0) return;
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  for (size_t at = 0; at < bytes_; at += page) {
    std::atomic_ref<uint8_t>(memory_[at]).fetch_or(0, std::memory_order_relaxed);
  }
}

bool MappedFile::sync() { return msync(memory_, bytes_, MS_SYNC) == 0 && fdatasync(fd_) == 0; }

void MappedFile::remove() { unlink(path_.c_str()); }

std::array<uint8_t, 16> boot_id() {
  std::array<uint8_t, 16> id{};
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  size_t digits = 0;
  for (char c = 0; digits < 32 && file.get(c);) {
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) continue;
    const int value = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
    id[digits / 2] = static_cast<uint8_t>(id[digits / 2] << 4 | value);
    ++digits;
  }
  return id;
}

}  // namespace lictor
