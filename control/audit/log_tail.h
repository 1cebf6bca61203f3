// The end of a log that is written to: one file. A write that fails leaves the file as it was. Under the log's mutex,
// but for sync.
#pragma once

#include <memory>
#include <string>

#include "control/audit/log_files.h"

namespace lictor::control {

// Whatever was made at this path has its name on the disk.
Status sync_folder_of(const std::string& path);

class LogTail {
 public:
  // A new file with its head, synced, also in its folder. What a crash left of one is written over.
  static Result<std::shared_ptr<LogTail>> create(const std::string& folder, uint32_t file, const ChainState& state);
  // One that exists, cut to its good octets, synced.
  static Result<std::shared_ptr<LogTail>> open(const std::string& folder, uint32_t file, size_t good_bytes);
  ~LogTail();
  LogTail(const LogTail&) = delete;
  LogTail& operator=(const LogTail&) = delete;

  [[nodiscard]] uint32_t file() const { return file_; }
  [[nodiscard]] size_t bytes() const { return bytes_; }
  // All of it or nothing; DataLoss where a piece stays that cannot be taken back: the log is then unusable.
  Status append(std::string_view octets);
  Status sync();

 private:
  LogTail(std::string path, uint32_t file, int fd, size_t bytes)
      : path_(std::move(path)), file_(file), fd_(fd), bytes_(bytes) {}
  [[nodiscard]] Status failed(const char* what) const;

  const std::string path_;
  const uint32_t file_;
  const int fd_;
  size_t bytes_;
};

}  // namespace lictor::control
