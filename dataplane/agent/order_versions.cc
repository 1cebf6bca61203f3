#include "dataplane/agent/order_versions.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "dataplane/agent/order_rules.h"

namespace lictor {
namespace {

constexpr std::string_view kHead = "lictor-order-versions-1";
constexpr uintmax_t kFileBytesMax = 256 << 20;  // kLinesMax of the longest lines

Status failed(const std::string& path, const char* what) {
  return absl::UnavailableError(fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

// VERSION END WARRANT, the last as hexadecimal digits: it is a text of somebody else's.
std::string line_of(const std::string& warrant_id, uint64_t version, LegalTime end) {
  std::string digits;
  for (const char octet : warrant_id) digits += fmt::format("{:02x}", static_cast<uint8_t>(octet));
  return fmt::format("{} {} {}\n", version, end.unix_ns, digits);
}

template <typename Number>
bool take_number(std::string_view& text, Number& number, int base, size_t digits_max) {
  const char* const last = text.data() + std::min(text.size(), digits_max);
  const auto [end, error] = std::from_chars(text.data(), last, number, base);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

bool take_space(std::string_view& text) {
  if (!text.starts_with(' ')) return false;
  text.remove_prefix(1);
  return true;
}

Status write_all(const UniqueFd& file, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed(path, "write");
    text.remove_prefix(static_cast<size_t>(written));
  }
  return ::fdatasync(file.get()) == 0 ? absl::OkStatus() : failed(path, "sync");
}

Status sync_folder_of(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  const UniqueFd file(::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC));
  return file.valid() && ::fsync(file.get()) == 0 ? absl::OkStatus() : failed(path, "sync of its folder");
}

}  // namespace

Result<std::unique_ptr<OrderVersions>> OrderVersions::open(const std::string& path) {
  std::unique_ptr<OrderVersions> versions(new OrderVersions(path));
  if (path.empty()) return versions;
  if (Status status = versions->load(); !status.ok()) return status;
  if (Status status = versions->write_anew(); !status.ok()) return status;
  return versions;
}

// A line without its end is of a version that was never taken.
Status OrderVersions::load() {
  std::error_code error;
  const uintmax_t bytes = std::filesystem::file_size(path_, error);
  if (error == std::errc::no_such_file_or_directory) return absl::OkStatus();
  if (error) return absl::UnavailableError(fmt::format("{}: {}", path_, error.message()));
  std::ifstream file(path_, std::ios::binary);
  std::string octets;
  if (bytes <= kFileBytesMax) octets.assign(std::istreambuf_iterator<char>(file), {});
  std::string_view text = octets;
  bool is_whole = file.good() || file.eof();
  for (bool is_head = true; is_whole && text.find('\n') != std::string_view::npos; is_head = false) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + 1);
    is_whole = is_head ? line == kHead : read_line(line);
  }
  if (is_whole && octets.starts_with(kHead)) return absl::OkStatus();
  return absl::DataLossError(fmt::format(
      "{}: is not what was written. Without it an order that was replaced could be taken again until its end: put the "
      "file back, or take it away where you answer for that",
      path_));
}

bool OrderVersions::read_line(std::string_view line) {
  Version version;
  if (!take_number(line, version.number, 10, 20) || !take_space(line)) return false;
  if (!take_number(line, version.end.unix_ns, 10, 20) || !take_space(line)) return false;
  if (line.empty() || line.size() % 2 != 0 || line.size() > 2 * kOrderTextBytesMax) return false;
  std::string warrant_id;
  while (!line.empty()) {
    uint8_t octet = 0;
    const size_t left = line.size();
    if (!take_number(line, octet, 16, 2) || left - line.size() != 2) return false;
    warrant_id.push_back(static_cast<char>(octet));
  }
  if (!versions_.contains(warrant_id) && versions_.size() == kWarrantsMax) return false;
  Version& known = versions_[warrant_id];
  known.number = std::max(known.number, version.number);
  known.end = std::max(known.end, version.end);
  return true;
}

// Aside, and then in its place: a crash leaves one or the other.
Status OrderVersions::write_anew() {
  const std::string aside = path_ + ".next";
  UniqueFd file(::open(aside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return failed(aside, "open");
  std::string text = fmt::format("{}\n", kHead);
  for (const auto& [warrant_id, version] : versions_) text += line_of(warrant_id, version.number, version.end);
  if (Status status = write_all(file, aside, text); !status.ok()) return status;
  if (::rename(aside.c_str(), path_.c_str()) != 0) return failed(aside, "rename");
  if (Status status = sync_folder_of(path_); !status.ok()) return status;
  file_ = std::move(file);
  lines_ = versions_.size();
  return absl::OkStatus();
}

// What a write that failed left behind is no line, so the next one has to begin with a whole file.
Status OrderVersions::append(const std::string& warrant_id, const Version& version) {
  if (path_.empty()) return absl::OkStatus();
  if (!file_.valid() || lines_ >= kLinesMax)
    if (Status status = write_anew(); !status.ok()) return status;
  Status status = write_all(file_, path_, line_of(warrant_id, version.number, version.end));
  ++lines_;
  if (!status.ok()) file_.reset();
  return status;
}

Status OrderVersions::take(const std::string& warrant_id, uint64_t version, LegalTime end, LegalTime now) {
  auto found = versions_.find(warrant_id);
  if (found != versions_.end() && version < found->second.number)
    return absl::FailedPreconditionError("order.version: is older than one of this warrant that was seen before");
  if (found == versions_.end() && versions_.size() >= kWarrantsMax) {
    std::erase_if(versions_, [&](const auto& entry) { return entry.second.end <= now; });
    file_.reset();  // it has them still
    if (versions_.size() >= kWarrantsMax)
      return absl::ResourceExhaustedError("order.warrant_id: orders of too many warrants are held");
  }
  const Version known = found == versions_.end() ? Version{} : found->second;
  const Version next{.number = version, .end = std::max(known.end, end)};
  if (next.number == known.number && next.end == known.end) return absl::OkStatus();
  if (const Status status = append(warrant_id, next); !status.ok())
    return absl::UnavailableError(fmt::format("order.version: cannot be kept: {}", std::string(status.message())));
  versions_[warrant_id] = next;
  return absl::OkStatus();
}

}  // namespace lictor
