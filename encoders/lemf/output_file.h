// A file that is written in large pieces: appended to a buffer, flushed when that is full or when there is nothing else
// to do. The first error stays; nothing is written after it. One owner, one thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/result.h"
#include "dataplane/base/unique_fd.h"

namespace lictor::lemf {

enum class OpenMode { kAppend, kTruncate };

class OutputFile {
 public:
  // Octets gathered before they are written.
  static constexpr size_t kBufferBytes = size_t{1} << 20;

  // Readable by the owner only: what is received is nobody else's.
  static Result<OutputFile> open(const std::string& path, OpenMode mode);

  // Truncates, and refuses a path that leads to one of `inputs`: what is still to be read would be gone.
  static Result<OutputFile> open_beside(const std::vector<std::string>& inputs, const std::string& path);

  void append(Bytes octets) {
    buffer_.append(as_text(octets));
    if (buffer_.size() >= kBufferBytes) flush();
  }
  // For writers that append themselves; they call filled() after.
  std::string& buffer() { return buffer_; }
  void filled() {
    if (buffer_.size() >= kBufferBytes) flush();
  }
  void flush();
  // What went wrong first; names the file.
  [[nodiscard]] const Status& status() const { return status_; }

 private:
  OutputFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;
  UniqueFd fd_;
  std::string buffer_;
  Status status_;
};

// Replaces the file at once: readers see the old text or the new.
Status write_atomically(const std::string& path, const std::string& text);

}  // namespace lictor::lemf
