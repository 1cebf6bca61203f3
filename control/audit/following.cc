#include "control/audit/following.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "dataplane/base/unique_fd.h"

namespace lictor::control {
namespace {

// A whole record fits, whichever it is.
constexpr size_t kWindowBytes = size_t{1} << 20;
static_assert(kWindowBytes > kRecordBytesMax);

Result<FileHead> read_head(const std::string& folder, uint32_t file) {
  const Result<std::string> octets = read_audit_file(folder + "/" + audit_file_name(file), kFileHeadBytes);
  if (!octets.ok()) return octets.status();
  return parse_file_head(as_bytes(*octets));
}

}  // namespace

Result<AuditFollower> AuditFollower::open(const std::string& folder, uint64_t after) {
  const Result<std::vector<uint32_t>> files = list_audit_files(folder);
  if (!files.ok()) return files.status();
  if (files->empty()) return absl::NotFoundError(fmt::format("audit: {} holds no audit log", folder));
  const Result<size_t> index = find_audit_file(folder, *files, after);
  if (!index.ok()) return index.status();
  const Result<FileHead> head = read_head(folder, (*files)[*index]);
  if (!head.ok()) return head.status();
  AuditFollower follower(folder, (*files)[*index], head->state);
  while (follower.number() < after) {
    const Result<size_t> count = follower.next(after, SIZE_MAX, nullptr);
    if (!count.ok()) return count.status();
    if (*count == 0) return absl::DataLossError(fmt::format("audit log: entry {} is gone", after));
  }
  return follower;
}

Result<std::string> AuditFollower::read_window() const {
  const std::string path = folder_ + "/" + audit_file_name(file_);
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string octets(kWindowBytes, '\0');
  const ssize_t got = ::pread(file.get(), octets.data(), octets.size(), static_cast<off_t>(at_));
  if (got < 0) return absl::UnavailableError(fmt::format("audit: {} cannot be read", path));
  octets.resize(static_cast<size_t>(got));
  return octets;
}

Status AuditFollower::begin_next_file() {
  const Result<FileHead> head = read_head(folder_, file_ + 1);
  if (!head.ok()) return head.status();
  if (head->state.log_id != state_.log_id || head->state.head != state_.head)
    return absl::DataLossError(
        fmt::format("audit log: {} does not continue what was before", audit_file_name(file_ + 1)));
  ++file_;
  at_ = kFileHeadBytes;
  return absl::OkStatus();
}

Result<size_t> AuditFollower::next(uint64_t last, size_t max, const AuditVisitor& visit) {
  size_t count = 0;
  while (number() < last && count < max) {
    const Result<std::string> window = read_window();
    if (!window.ok()) return window.status();
    if (window->empty()) {
      if (Status status = begin_next_file(); !status.ok()) return status;
      continue;
    }
    size_t done = 0;
    while (done < window->size() && number() < last && count < max) {
      const Walked walked = walk_record(as_bytes(*window).subspan(done), state_, nullptr);
      if (walked.verdict == Walked::Verdict::kTorn && done > 0) break;  // it begins in this window and ends behind it
      if (walked.verdict != Walked::Verdict::kEntry)
        return absl::DataLossError(
            fmt::format("audit log: {}: entry {}: {}", audit_file_name(file_), walked.first_bad, walked.what));
      done += walked.bytes;
      ++count;
      if (visit) visit(walked.entry, state_);
    }
    at_ += done;
  }
  return count;
}

}  // namespace lictor::control
