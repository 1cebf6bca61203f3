#include "encoders/lemf/payload_keyring.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "encoders/der/der_walker.h"
#include "encoders/lemf/output_file.h"
#include "encoders/lemf/record_file.h"

namespace lictor::lemf {
namespace {

// LIID, which may be empty, and file.
std::pair<std::string, std::string> divided(const std::string& argument) {
  const size_t equals = argument.rfind('=');
  if (equals == std::string::npos) return {"", argument};
  return {argument.substr(0, equals), argument.substr(equals + 1)};
}

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

}  // namespace

Result<PayloadKeyring> PayloadKeyring::load(const std::vector<std::string>& arguments) {
  PayloadKeyring ring;
  for (const std::string& argument : arguments) {
    const auto [liid, path] = divided(argument);
    const std::string octets = liid_of(liid);
    const bool has_liid = path.size() != argument.size();
    if (has_liid && octets.empty()) return absl::InvalidArgumentError(path + ": what stands before it is no LIID");
    Result<PayloadDecryption> key = PayloadDecryption::load(path);
    if (!key.ok()) return key.status();
    (has_liid ? ring.by_liid_[octets] : ring.all_).push_back(*std::move(key));
  }
  return ring;
}

Result<OpenedRecord> PayloadKeyring::open(const der::RecordView& view) const {
  const auto found = by_liid_.find(std::string(as_text(view.liid)));
  const std::vector<PayloadDecryption>& keys = found != by_liid_.end() ? found->second : all_;
  const uint32_t number = view.number.value_or(0);
  Result<OpenedRecord> opened =
      keys.empty() ? PayloadDecryption().open(view.record, number) : keys.front().open(view.record, number);
  for (size_t i = 1; i < keys.size() && !opened.ok(); ++i) opened = keys[i].open(view.record, number);
  return opened;
}

Result<uint64_t> decrypt_file(const std::string& path, const std::vector<std::string>& keys, const std::string& out) {
  const Result<PayloadKeyring> ring = PayloadKeyring::load(keys);
  if (!ring.ok()) return ring.status();
  std::vector<std::string> inputs = {path};
  for (const std::string& key : keys) inputs.push_back(divided(key).second);
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
