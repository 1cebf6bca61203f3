#include "encoders/files/chain.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "dataplane/base/utc_text.h"
#include "encoders/files/pcapng_blocks.h"

namespace lictor {
namespace {

constexpr unsigned kDirectoryMode = 0750;
constexpr size_t kInterfacesMax = 256;  // of a file; a dataplane has 32 ports

std::string data_name(uint64_t sequence) { return fmt::format("{:010}.pcapng.cms", sequence); }
std::string manifest_name(uint64_t sequence) { return fmt::format("{:010}.json", sequence); }

}  // namespace

std::string Chain::part_path(uint64_t sequence) const { return work(fmt::format("-{:010}.cms", sequence)); }

Result<std::unique_ptr<Chain>> Chain::open(const std::string& directory, const ChainId& id) {
  std::unique_ptr<Chain> chain(new Chain(directory, hex_of(id)));
  if (Status status = chain->load(); !status.ok()) return status;
  return chain;
}

// The state; where it is gone or damaged, the newest manifest that is still to be seen: no number is used twice.
Result<std::string> Chain::read_last() const {
  Result<std::string> state = read_file(work(".state"), Manifest::kBytesMax);
  if (state.ok() && parse_manifest(*state).ok()) return state;
  if (!state.ok() && !absl::IsNotFound(state.status()) && !absl::IsInvalidArgument(state.status())) return state;
  std::string newest;
  Status listed = for_each_name(directory_ + "/" + name_, [&newest](const std::string& name) {
    if (name.ends_with(".json")) newest = std::max(newest, name);
  });
  if (!listed.ok()) return listed;
  if (newest.empty()) {
    if (absl::IsNotFound(state.status())) return std::string();
    return absl::DataLossError(work(".state") + " makes no sense, and no manifest is there");
  }
  newest = shown(newest);
  Result<std::string> manifest = read_file(newest, Manifest::kBytesMax);
  if (!manifest.ok() || parse_manifest(*manifest).ok()) return manifest;
  return absl::DataLossError(fmt::format("{} and {} make no sense", work(".state"), newest));
}

Status Chain::load() {
  Result<std::string> json = read_last();
  if (!json.ok()) return json.status();
  if (!json->empty()) {
    last_ = *parse_manifest(*json);
    last_.file = data_name(last_.sequence);
    last_json_ = *std::move(json);
    unsettled_ = true;
  }
  last_.chain = name_;
  // What was not finished.
  remove_file(part_path(last_.sequence + 1));
  remove_empty_directory(directory_ + "/" + name_);
  return settle();
}

// The renames that a crash or a failure may have left away. A file that was shown and is not there was fetched.
Status Chain::settle() {
  if (!unsettled_) return absl::OkStatus();
  if (Status status = sync_directory(directory_ + "/.work"); !status.ok()) return status;
  const std::string part = part_path(last_.sequence);
  const std::string manifest = work(".json");
  const bool has_part = file_exists(part);
  // It lies there since before the file was finished, unless it was shown, or another file came between.
  const Result<std::string> ready = read_file(manifest, Manifest::kBytesMax);
  const bool is_ready = ready.ok() && *ready == last_json_;
  if (has_part || is_ready || file_exists(shown(last_.file))) {
    if (Status status = make_directory(directory_ + "/" + name_, kDirectoryMode); !status.ok()) return status;
    if (has_part) {
      if (Status status = rename_file(part, shown(last_.file)); !status.ok()) return status;
    }
    if (!file_exists(shown(manifest_name(last_.sequence)))) {
      if (!is_ready) {
        if (Status status = write_file(manifest, as_bytes(last_json_)); !status.ok()) return status;
      }
      if (Status status = rename_file(manifest, shown(manifest_name(last_.sequence))); !status.ok()) return status;
    }
    if (Status status = sync_directory(directory_ + "/" + name_); !status.ok()) return status;
  }
  unsettled_ = false;
  return absl::OkStatus();
}

Status Chain::begin(const CmsRecipients& recipients, const FileRecord& first) {
  if (Status status = settle(); !status.ok()) return status;
  // Made now, so that nothing but renames is left behind the moment in which the file is finished.
  if (Status status = make_directory(directory_ + "/" + name_, kDirectoryMode); !status.ok()) return status;
  draft_ = last_.following(last_.sequence == 0 ? "" : hex_of(sha256_of(as_bytes(last_json_))));
  draft_.file = data_name(draft_.sequence);
  Result<std::unique_ptr<SealedFile>> file = SealedFile::make(part_path(draft_.sequence), recipients);
  if (!file.ok()) return file.status();
  file_ = *std::move(file);
  interfaces_.clear();
  std::string head;
  append_section_header(
      head, {.hardware = std::string(first.network_element_id),
             .comment = fmt::format("LIID: {}\nOperator: {}\nNetwork element: {}\nChain: {}\n"
                                    "File: {}",
                                    first.liid, first.operator_id, first.network_element_id, name_, draft_.sequence)});
  Status status = file_->write(as_bytes(head));
  OPENSSL_cleanse(head.data(), head.size());
  return status;
}

Status Chain::add(const FileRecord& record) {
  draft_.add(record);
  if (record.stamp.kind == FileRecordKind::kEvent) return file_->write(record.block);
  const std::string name(record.interface);
  auto interface = interfaces_.find(name);
  if (interface == interfaces_.end()) {
    if (interfaces_.size() == kInterfacesMax) return absl::InternalError("a file has more interfaces than there are");
    std::string description;
    append_interface(description, name);
    if (Status status = file_->write(as_bytes(description)); !status.ok()) return status;
    interface = interfaces_.emplace(name, static_cast<uint32_t>(interfaces_.size())).first;
  }
  if (interface->second == 0) return file_->write(record.block);
  const BlockInterface number = block_interface(interface->second);
  if (Status status = file_->write(record.block.first(kBlockInterfaceAt)); !status.ok()) return status;
  if (Status status = file_->write(number); !status.ok()) return status;
  return file_->write(record.block.subspan(kBlockInterfaceAt + number.size()));
}

bool Chain::wants_end() const {
  return file_ != nullptr && (draft_.ended || draft_.series.size() >= Manifest::kSeriesMax);
}

Status Chain::write_state(const std::string& json) {
  if (Status status = write_file(work(".next"), as_bytes(json)); !status.ok()) return status;
  if (Status status = write_file(work(".json"), as_bytes(json)); !status.ok()) return status;
  return rename_file(work(".next"), work(".state"));
}

Status Chain::finish(LegalTime now) {
  if (Status status = file_->finish(); !status.ok()) return status;
  draft_.bytes = file_->bytes();
  draft_.sha256 = hex_of(file_->sha256());
  draft_.created = utc_text(now.unix_ns, TimeDigits::kNanoseconds);
  std::string json = to_json(draft_);
  if (Status status = write_state(json); !status.ok()) return status;
  file_.reset();
  last_ = std::move(draft_);
  last_json_ = std::move(json);
  unsettled_ = true;
  return settle();
}

void Chain::abandon() {
  if (file_ == nullptr) return;
  remove_file(file_->path());
  remove_empty_directory(directory_ + "/" + name_);
  file_.reset();
}

}  // namespace lictor
