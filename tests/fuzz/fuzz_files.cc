// What a file destination reads: records from a spool, and the manifest that a former process left. Any octets.
#include <cstddef>
#include <cstdint>

#include "dataplane/base/check.h"
#include "encoders/files/file_record.h"
#include "encoders/files/manifest.h"

namespace {

using namespace lictor;

void read_records(Bytes octets) {
  while (const std::optional<ReadFileRecord> read = read_file_record(octets)) {
    LICTOR_CHECK(read->bytes > 0 && read->bytes <= octets.size());
    const Bytes block = read->record.block;
    LICTOR_CHECK(block.empty() ||
                 (block.data() >= octets.data() && block.data() + block.size() <= octets.data() + read->bytes));
    LICTOR_CHECK(!name_of(read->record.stamp.series).empty());
    octets = octets.subspan(read->bytes);
  }
}

// What is taken is written so that it is read as the same.
void read_manifest(std::string_view text) {
  const Result<Manifest> read = parse_manifest(text);
  if (!read.ok()) return;
  LICTOR_CHECK(read->next.size() <= Manifest::kSeriesMax && read->runs.size() <= Manifest::kRunsMax);
  const std::string again = to_json(*read);
  const Result<Manifest> twice = parse_manifest(again);
  LICTOR_CHECK(twice.ok() && to_json(*twice) == again);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  read_records(Bytes(data, size));
  read_manifest(as_text(Bytes(data, size)));
  return 0;
}
