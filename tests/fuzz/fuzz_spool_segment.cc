// What a disk gives back of a spool's segment: any octets. It is found or refused, read to its end, and every record
// that it is said to hold has exactly one entry.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "dataplane/base/check.h"
#include "encoders/spool/recovery.h"
#include "encoders/spool/spool_depot.h"

namespace lictor {
namespace {

constexpr uint64_t kEntriesMax = 1'000'000;

void read_all(const std::string& root) {
  AlarmQueue alarms;
  SpoolPlan plan;
  plan.on_disk = true;
  plan.directory = root;
  plan.staging_bytes = 64 << 10;
  const auto depot = *SpoolDepot::make(plan, alarms);
  depot->keys().enter(Xid{}, TaskSlot{0}, *SecretKey::make(std::vector<uint8_t>(SecretKey::kBytes, 1)));
  const Result<SpoolSet> set = depot->open("a", "hi3", 1);
  LICTOR_CHECK(set.ok());
  for (const std::unique_ptr<Spool>& spool : set->left) {
    uint64_t entries = 0;
    while (spool->backlog_records() > 0 && entries < kEntriesMax) {
      if (spool->entry(0)) {
        spool->release_one();
        ++entries;
      } else if (!spool->tend({}, {}) && !spool->entry(0)) {
        break;
      }
    }
    LICTOR_CHECK(spool->backlog_records() == 0 || entries == kEntriesMax);
  }
}

}  // namespace
}  // namespace lictor

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lictor;
  std::string root = std::filesystem::temp_directory_path() / "lictor-fuzz-XXXXXX";
  LICTOR_CHECK(mkdtemp(root.data()) != nullptr);
  // The digest of "a".
  const std::string run = root + "/ca978112ca1bbdcafac231b3-hi3/0000000000000001-0000-000";
  std::filesystem::create_directories(run);
  std::ofstream(run + "/00000000.seg", std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  read_all(root);
  std::filesystem::remove_all(root);
  return 0;
}
