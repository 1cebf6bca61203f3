#include "control/audit/log_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "control/vault/octets.h"
#include "dataplane/base/unique_fd.h"

namespace lictor::control {
namespace {

constexpr std::string_view kMagic = "LCTA";
constexpr uint8_t kVersion = 1;
constexpr std::string_view kEnding = ".audit";
constexpr size_t kNameDigits = 6;

template <size_t kSize>
void copy(Bytes from, std::array<uint8_t, kSize>& to) {
  if (from.size() == kSize) std::ranges::copy(from, to.begin());
}

// 0 where the name is none of ours.
uint32_t number_of(const std::string& name) {
  if (name.size() != kNameDigits + kEnding.size() || !name.ends_with(kEnding)) return 0;
  uint32_t number = 0;
  for (size_t i = 0; i < kNameDigits; ++i) {
    if (name[i] < '0' || name[i] > '9') return 0;
    number = number * 10 + static_cast<uint32_t>(name[i] - '0');
  }
  return number;
}

bool continues(const FileHead& head, uint32_t file, const ChainState& state) {
  return head.file == file && head.state.log_id == state.log_id && head.state.head == state.head &&
         head.state.signer == state.signer && head.state.checkpoint == state.checkpoint;
}

}  // namespace

std::string to_octets(const FileHead& head) {
  std::string octets(kMagic);
  append_integer(octets, kVersion, 1);
  append_octets(octets, head.state.log_id);
  append_integer(octets, head.file, 4);
  append_integer(octets, head.state.head.number, 8);
  append_octets(octets, head.state.head.hash);
  append_octets(octets, head.state.signer);
  append_integer(octets, head.state.checkpoint, 8);
  return octets;
}

Result<FileHead> parse_file_head(Bytes octets) {
  ByteReader reader(octets);
  const std::string_view magic = as_text(reader.take(kMagic.size()));
  const uint8_t version = reader.u8();
  FileHead head;
  copy(reader.take(head.state.log_id.size()), head.state.log_id);
  head.file = reader.u32();
  head.state.head.number = reader.u64();
  copy(reader.take(kDigestBytes), head.state.head.hash);
  copy(reader.take(head.state.signer.size()), head.state.signer);
  head.state.checkpoint = reader.u64();
  if (!reader.ok() || magic != kMagic) return absl::InvalidArgumentError("audit: this is no file of an audit log");
  if (version != kVersion)
    return absl::FailedPreconditionError("audit: the file is of a version that this program does not know");
  return head;
}

std::string audit_file_name(uint32_t file) { return fmt::format("{:0{}}{}", file, kNameDigits, kEnding); }

Result<std::vector<uint32_t>> list_audit_files(const std::string& folder) {
  std::vector<uint32_t> files;
  std::error_code error;
  for (const auto& each : std::filesystem::directory_iterator(folder, error))
    if (const uint32_t number = number_of(each.path().filename()); number != 0) files.push_back(number);
  if (error) return absl::UnavailableError(fmt::format("audit: {}: {}", folder, error.message()));
  std::ranges::sort(files);
  for (size_t i = 1; i < files.size(); ++i)
    if (files[i] != files[i - 1] + 1)
      return absl::DataLossError(fmt::format("audit: {} is missing", audit_file_name(files[i - 1] + 1)));
  return files;
}

Result<std::string> read_audit_file(const std::string& path, size_t bytes_max) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return absl::UnavailableError(fmt::format("audit: {}: {}", path, std::strerror(errno)));
  const off_t size = ::lseek(fd.get(), 0, SEEK_END);
  std::string octets(std::min<size_t>(size < 0 ? 0 : static_cast<size_t>(size), bytes_max), '\0');
  size_t have = 0;
  ssize_t read = 1;
  while (have < octets.size() && read > 0) {
    read = ::pread(fd.get(), octets.data() + have, octets.size() - have, static_cast<off_t>(have));
    if (read > 0) have += static_cast<size_t>(read);
  }
  if (read < 0) return absl::UnavailableError(fmt::format("audit: {}: {}", path, std::strerror(errno)));
  octets.resize(have);
  return octets;
}

Result<size_t> find_audit_file(const std::string& folder, const std::vector<uint32_t>& files, uint64_t entry) {
  for (size_t i = files.size(); i-- > 1;) {
    const Result<std::string> octets = read_audit_file(folder + "/" + audit_file_name(files[i]), kFileHeadBytes);
    if (!octets.ok()) return octets.status();
    const Result<FileHead> head = parse_file_head(as_bytes(*octets));
    if (head.ok() && head->state.head.number <= entry) return i;
  }
  return size_t{0};
}

FileWalk walk_audit_file(const std::string& name, uint32_t file, Bytes octets, ChainState& state, const MacKeyFor& mac,
                         const AuditVisitor& visit) {
  const uint64_t next = state.head.number + 1;
  // A power cut may leave a size without what was written.
  const bool never_written = std::ranges::all_of(octets, [](uint8_t octet) { return octet == 0; });
  if (octets.size() < kFileHeadBytes || never_written)
    return {.problem = AuditProblem{name, next, "the head of its file is cut off", true}};
  const Result<FileHead> head = parse_file_head(octets.first(kFileHeadBytes));
  if (!head.ok() || !continues(*head, file, state))
    return {.problem = AuditProblem{name, next, "the head of its file does not continue what was before"}};
  FileWalk walk{.good_bytes = kFileHeadBytes};
  while (walk.good_bytes < octets.size()) {
    const Walked walked = walk_record(octets.subspan(walk.good_bytes), state, mac ? mac(state) : nullptr);
    if (walked.verdict != Walked::Verdict::kEntry) {
      walk.problem = AuditProblem{name, walked.first_bad, walked.what, walked.verdict == Walked::Verdict::kTorn};
      return walk;
    }
    walk.good_bytes += walked.bytes;
    if (visit) visit(walked.entry, state);
  }
  return walk;
}

}  // namespace lictor::control
