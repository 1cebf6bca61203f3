#include "encoders/lemf/payload_keyring.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "dataplane/base/unique_fd.h"
#include "encoders/der/der_walker.h"
#include "encoders/lemf/output_file.h"
#include "encoders/lemf/record_file.h"

namespace lictor::lemf {
namespace {

constexpr size_t kFileBytesMax = size_t{4} << 20;  // tens of thousands of warrants
constexpr std::string_view kBlanks = " \t\r\n";

// The octets of a LIID as a person writes it; empty where there are none.
std::string liid_of(std::string_view text) {
  const bool is_0x = text.starts_with("0x");
  if (!is_0x && !text.starts_with("hex:")) return std::string(text);
  text.remove_prefix(is_0x ? 2 : 4);
  std::string octets;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned octet = 0;
    const char* const end = text.data() + i + 2;
    if (std::from_chars(text.data() + i, end, octet, 16).ptr != end) return "";
    octets.push_back(static_cast<char>(octet));
  }
  return text.size() % 2 == 0 ? octets : "";
}

// The file's text; whoever calls wipes it.
Result<std::string> read_text(const std::string& path) {
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return absl::NotFoundError(fmt::format("cannot open {}: {}", path, std::strerror(errno)));
  std::string text(kFileBytesMax + 1, '\0');  // at once: a string that grows leaves copies behind
  size_t length = 0;
  ssize_t more = 0;
  while (length < text.size() && (more = ::read(file.get(), text.data() + length, text.size() - length)) > 0)
    length += static_cast<size_t>(more);
  const int error = errno;
  text.resize(length);
  if (more >= 0 && length <= kFileBytesMax) return text;
  OPENSSL_cleanse(text.data(), text.size());
  if (more < 0) return absl::UnavailableError(fmt::format("cannot read {}: {}", path, std::strerror(error)));
  return absl::InvalidArgumentError(fmt::format("{}: more than {} octets are no keys", path, kFileBytesMax));
}

std::string_view trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

Status PayloadKeyring::add_line(std::string_view line) {
  const size_t blank = line.find_last_of(kBlanks);
  const bool has_liid = blank != std::string_view::npos;
  std::optional<PayloadDecryption> key = PayloadDecryption::from_digits(has_liid ? line.substr(blank + 1) : line);
  if (!key) return absl::InvalidArgumentError("holds no key of 48 or 64 hexadecimal digits");
  const std::string liid = has_liid ? liid_of(trimmed(line.substr(0, blank))) : "";
  if (has_liid && liid.empty()) return absl::InvalidArgumentError("has something before the key that is no LIID");
  (has_liid ? by_liid_[liid] : all_).push_back(*std::move(key));
  return absl::OkStatus();
}

Status PayloadKeyring::add_file(const std::string& path) {
  Result<std::string> text = read_text(path);
  if (!text.ok()) return text.status();
  Status status;
  size_t number = 0;
  size_t keys = 0;
  for (std::string_view rest = *text; !rest.empty() && status.ok();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trimmed(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++number;
    if (line.empty()) continue;
    ++keys;
    status = add_line(line);
  }
  OPENSSL_cleanse(text->data(), text->size());
  if (!status.ok()) return {status.code(), fmt::format("{}: line {} {}", path, number, std::string(status.message()))};
  return keys > 0 ? absl::OkStatus() : absl::InvalidArgumentError(path + ": holds no key");
}

Result<PayloadKeyring> PayloadKeyring::load(const std::vector<std::string>& files) {
  PayloadKeyring ring;
  for (const std::string& path : files)
    if (Status status = ring.add_file(path); !status.ok()) return status;
  return ring;
}

Result<OpenedRecord> PayloadKeyring::open(const der::RecordView& view) const {
  const auto found = by_liid_.find(std::string(as_text(view.liid)));
  const std::vector<PayloadDecryption>& keys = found != by_liid_.end() ? found->second : all_;
  const uint32_t number = view.number.value_or(0);
  Result<OpenedRecord> opened =
      keys.empty() ? PayloadDecryption().open(view.record, number) : keys.front().open(view.record, number);
  for (size_t i = 1; i < keys.size() && !opened.ok(); ++i) opened = keys[i].open(view.record, number);
  if (keys.empty() && !opened.ok() && !empty())
    return absl::FailedPreconditionError("no payload key is there for the records of its LIID");
  return opened;
}

Result<uint64_t> decrypt_file(const std::string& path, const std::vector<std::string>& keys, const std::string& out) {
  const Result<PayloadKeyring> ring = PayloadKeyring::load(keys);
  if (!ring.ok()) return ring.status();
  std::vector<std::string> inputs = {path};
  inputs.insert(inputs.end(), keys.begin(), keys.end());
  Result<OutputFile> file = OutputFile::open_beside(inputs, out);
  if (!file.ok()) return file.status();
  uint64_t opened = 0;
  uint64_t offset = 0;
  Status failure;
  der::RecordView view;
  const Result<FileEnd> end = read_records(path, [&](Bytes record) {
    der::walk_record(record, view);
    offset += record.size();
    if (view.kind != der::Kind::kEncrypted) return file->append(record);
    const Result<OpenedRecord> plain = ring->open(view);
    if (plain.ok()) {
      ++opened;
      return file->append(plain->plain);
    }
    if (failure.ok())
      failure = absl::FailedPreconditionError(
          fmt::format("{}: octet {}: {}", path, offset - record.size(), std::string(plain.status().message())));
  });
  file->flush();
  if (!end.ok()) return end.status();
  if (!failure.ok()) return failure;
  if (!file->status().ok()) return file->status();
  if (end->how != FileEndKind::kWhole)
    return absl::DataLossError(fmt::format("{}: no whole record at octet {}", path, end->whole_bytes));
  return opened;
}

}  // namespace lictor::lemf
