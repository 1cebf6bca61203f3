#include "control/audit/reading.h"

#include <fmt/format.h>

#include <algorithm>

namespace lictor::control {
namespace {

bool is_wanted(const AuditEntry& entry, const AuditQuery& query) {
  if (entry.number <= query.after || (query.kind && entry.kind != *query.kind)) return false;
  if (entry.time_unix_ns < query.from_unix_ns || entry.time_unix_ns >= query.before_unix_ns) return false;
  return (query.actor.empty() || entry.actor == query.actor) &&
         (query.object.empty() || entry.object == query.object) && entry.action.starts_with(query.action);
}

class Reader {
 public:
  Reader(const AuditQuery& query, uint64_t last) : query_(query), last_(last) {}

  // Whether there is room for more.
  Result<bool> read(const std::string& name, Bytes octets) {
    const Result<FileHead> head = parse_file_head(octets.first(std::min(octets.size(), kFileHeadBytes)));
    if (!head.ok()) return head.status();
    ChainState state = head->state;
    for (size_t at = kFileHeadBytes; at < octets.size();) {
      if (last_ != 0 && state.head.number >= last_) return false;
      Walked walked = walk_record(octets.subspan(at), state, nullptr);
      if (walked.verdict != Walked::Verdict::kEntry)
        return absl::DataLossError(fmt::format("audit log: {}: entry {}: {}", name, walked.first_bad, walked.what));
      at += walked.bytes;
      if (!take(std::move(walked.entry))) return false;
    }
    return true;
  }
  AuditPage take_page() { return std::move(page_); }

 private:
  bool take(AuditEntry entry) {
    const uint64_t number = entry.number;
    if (is_wanted(entry, query_)) page_.entries.push_back(std::move(entry));
    if (number > query_.after) ++seen_;
    const bool full = page_.entries.size() >= query_.limit || seen_ >= AuditPage::kSeenMax;
    if (full && (last_ == 0 || number < last_)) page_.next = number;
    return !full;
  }

  const AuditQuery& query_;
  const uint64_t last_;
  uint64_t seen_ = 0;
  AuditPage page_;
};

}  // namespace

Result<AuditPage> read_audit_page(const std::string& folder, uint64_t last, const AuditQuery& query) {
  if (last != 0 && query.after >= last) return AuditPage();
  const Result<std::vector<uint32_t>> files = list_audit_files(folder);
  if (!files.ok()) return files.status();
  if (files->empty()) return absl::NotFoundError(fmt::format("audit: {} holds no audit log", folder));
  const Result<size_t> first = find_audit_file(folder, *files, query.after);
  if (!first.ok()) return first.status();
  Reader reader(query, last);
  for (size_t i = *first; i < files->size(); ++i) {
    const std::string name = audit_file_name((*files)[i]);
    const Result<std::string> octets = read_audit_file(folder + "/" + name);
    if (!octets.ok()) return octets.status();
    const Result<bool> more = reader.read(name, as_bytes(*octets));
    if (!more.ok()) return more.status();
    if (!*more) break;
  }
  return reader.take_page();
}

}  // namespace lictor::control
