// What a disk gives back of an audit log: a file of it, or an entry; any octets. The walk believes what the file's head
// says, so that a changed file is walked as far as it holds.
#include <cstddef>
#include <cstdint>

#include "control/audit/log_files.h"
#include "dataplane/base/check.h"

namespace lictor::control {
namespace {

void walk(Bytes octets) {
  const Result<FileHead> head = parse_file_head(octets);
  if (!head.ok()) return;
  LICTOR_CHECK(to_octets(*head) == as_text(octets.first(kFileHeadBytes)));
  ChainState state = head->state;
  uint64_t entries = 0;
  const auto count = [&](const AuditEntry& entry, const ChainState& now) {
    ++entries;
    LICTOR_CHECK(entry.number == now.head.number);
  };
  const FileWalk walked = walk_audit_file("a", head->file, octets, state, nullptr, count);
  LICTOR_CHECK(walked.good_bytes <= octets.size());
  LICTOR_CHECK(walked.problem.has_value() == (walked.good_bytes < octets.size()));
  // What holds, alone, holds, and leads to the same.
  const ChainState end = state;
  state = head->state;
  const FileWalk again = walk_audit_file("a", head->file, octets.first(walked.good_bytes), state, nullptr, nullptr);
  LICTOR_CHECK(!again.problem && state.head == end.head && state.signer == end.signer);
}

}  // namespace
}  // namespace lictor::control

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lictor;
  using namespace lictor::control;
  const Bytes octets(data, size);
  walk(octets);
  if (const Result<AuditEntry> entry = parse_audit_entry(octets); entry.ok())
    LICTOR_CHECK(*to_octets(*entry) == as_text(octets));
  return 0;
}
