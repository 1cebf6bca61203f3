// kill -9 of a process that spools and writes files, many times, at random moments: whatever is visible afterwards is
// whole, follows in its chain and opens; and at the end every record whose block was sealed (counted by the writer
// itself, in memory that outlives it) is in exactly one file, in its order.
//
// LICTOR_KILLS says how many; two dozen without it. The writer is this program again, with arguments.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "encoders/files/sealed_file.h"
#include "encoders/handover/handover.h"
#include "encoders/spool/task_seal.h"
#include "tests/unit/encoders/files/file_rig.h"

namespace lictor {
namespace {

namespace fs = std::filesystem;

constexpr uint8_t kTasks = 3;
constexpr uint8_t kSeries = 1;  // RecordKind::kCc
constexpr char kWriterMark[] = "--file-writer";

// Outlives the writer: what it knows to be sealed.
struct Shared {
  std::array<std::atomic<uint32_t>, kTasks> sealed;  // records of each task; by the writer, behind publish()
  std::atomic<uint64_t> records;                     // of this run
};

Shared* map_shared(int fd) {
  return static_cast<Shared*>(mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
}

SharedKey key_of(uint8_t task) {
  return *SecretKey::make(std::vector<uint8_t>(SecretKey::kBytes, static_cast<uint8_t>(0x40 + task)));
}

struct WriterPlan {
  std::string directory;
  uint32_t seed = 0;
  uint32_t records = 0;  // 0: writes what is left, and ends
  int shared = -1;
};

DestinationPlan destination(const std::string& directory) {
  const std::vector<uint8_t> pem = read_octets(directory + "/agency.pem");
  DestinationPlan plan{.id = "police/vault", .side = HandoverSide::kHi3};
  plan.files = {.agency = "police",
                .directory = "vault",
                .certificates = std::string(as_text(pem)),
                .bytes = 64 << 10,
                .seconds = 3600};
  return plan;
}

void write_records(const WriterPlan& plan, SpoolDepot& depot, Spool& spool, Shared& shared) {
  std::mt19937 random(plan.seed);
  std::vector<std::unique_ptr<TaskSeal>> seals;
  std::vector<std::unique_ptr<Encoder>> encoders;
  std::array<uint32_t, kTasks> next{};
  while (!spool.has_room(1)) std::this_thread::yield();
  for (uint8_t task = 0; task < kTasks; ++task) {
    const Xid xid = test_parameters(task).xid;
    const LeftOfTask left = depot.left("police/vault", "files", xid, 7);
    seals.push_back(*TaskSeal::make(key_of(task), xid, 7));
    seals.back()->set_next(left.next);
    spool.attach(*seals.back());
    encoders.push_back(*make_pcapng_encoder(test_parameters(task)));
    // Where no spool was left the numbers are those that the control daemon would have had a new CIN for.
    next[task] = std::max(left.next[kSeries], shared.sealed[task].load());
  }
  for (uint32_t written = 0;;) {
    const uint32_t burst = written < plan.records ? static_cast<uint32_t>(random() % 40) : 0;
    for (uint32_t i = 0; i < burst; ++i) {
      const auto task = static_cast<uint8_t>(random() % kTasks);
      const std::vector<uint8_t> record = encode_packet(*encoders[task], task, next[task], 600);
      const MutableBytes room = spool.reserve(record.size());
      if (room.empty()) break;
      std::ranges::copy(record, room.begin());
      spool.append({.slot = TaskSlot{task},
                    .bytes = static_cast<uint32_t>(record.size()),
                    .series = kSeries,
                    .number = next[task]++,
                    .seal = seals[task].get()});
      ++written;
    }
    spool.publish();
    for (uint8_t task = 0; task < kTasks; ++task) shared.sealed[task].store(next[task], std::memory_order_release);
    shared.records.store(written, std::memory_order_release);
    if (burst == 0 || written >= plan.records) std::this_thread::yield();
  }
}

int run_writer(const WriterPlan& plan) {
  Shared& shared = *map_shared(plan.shared);
  AlarmQueue alarms;
  std::vector<TaskAccount> accounts(kTasks);
  SpoolPlan spool;
  spool.on_disk = true;
  spool.directory = plan.directory + "/spool";
  spool.shape = {.segment_bytes = 256 << 10, .series_max = 64};
  spool.bytes_max = 64 << 20;
  spool.staging_bytes = 128 << 10;
  const std::unique_ptr<SpoolDepot> depot = *SpoolDepot::make(spool, alarms);
  for (uint8_t task = 0; task < kTasks; ++task)
    depot->keys().enter(test_parameters(task).xid, TaskSlot{task}, key_of(task));
  const std::unique_ptr<Handover> handover =
      *Handover::make({.depot = depot.get(),
                       .connect_retry_min_ms = 1,
                       .connect_retry_max_ms = 5,
                       .files = {.root = plan.directory + "/files", .window_bytes = size_t{1} << 20}},
                      accounts, alarms);
  const DestinationHandle handle = *handover->open(destination(plan.directory));
  handover->let_left_go();
  if (plan.records > 0) write_records(plan, *depot, *handover->spool(handle, 0), shared);
  handover->stop(120'000);
  for (uint8_t task = 0; task < kTasks; ++task) {
    if (accounts[task].hi3.given_up.total() > 0 || accounts[task].hi3.unconfirmed.get() > 0) return 3;
  }
  return 0;
}

class FileKillTest : public ::testing::Test {
 protected:
  FileKillTest() : directory_(test_directory()), agency_(make_curve_agency()), shared_fd_(memfd_create("shared", 0)) {
    EXPECT_EQ(ftruncate(shared_fd_, sizeof(Shared)), 0);
    shared_ = map_shared(shared_fd_);
    fs::create_directory(directory_ + "/files");
    std::ofstream(directory_ + "/agency.pem") << agency_.pem;
  }
  ~FileKillTest() override {
    fs::remove_all(directory_);
    munmap(shared_, sizeof(Shared));
    close(shared_fd_);
  }

  pid_t start(uint32_t seed, uint32_t records) {
    shared_->records.store(0);
    const pid_t pid = fork();
    if (pid != 0) return pid;
    execl("/proc/self/exe", "files_kill_test", kWriterMark, directory_.c_str(), std::to_string(seed).c_str(),
          std::to_string(records).c_str(), std::to_string(shared_fd_).c_str(), nullptr);
    _exit(127);
  }

  // Whatever is visible is whole, and follows in its chain. Answers the numbers of its packets, by chain.
  std::map<std::string, std::vector<uint32_t>> look() {
    std::map<std::string, std::vector<uint32_t>> seen;
    const std::string place = directory_ + "/files/police/vault";
    if (!fs::exists(place)) return seen;
    for (const auto& chain : fs::directory_iterator(place)) {
      if (chain.path().filename() == ".work") continue;
      std::set<std::string> files;
      std::set<std::string> manifests;
      for (const auto& entry : fs::directory_iterator(chain.path()))
        (entry.path().extension() == ".json" ? manifests : files).insert(entry.path());
      std::string previous;
      uint64_t sequence = 0;
      for (const std::string& path : manifests) {
        const std::vector<uint8_t> text = read_octets(path);
        const nlohmann::json said = nlohmann::json::parse(text, nullptr, false);
        EXPECT_FALSE(said.is_discarded()) << path;
        if (said.is_discarded()) return seen;
        EXPECT_EQ(said["sequence"], ++sequence);
        EXPECT_EQ(said["previous"], previous);
        previous = hex_of(sha256_of(text));
        const std::string file = chain.path().string() + "/" + said["file"].get<std::string>();
        if (proven_.insert(file).second) {
          EXPECT_EQ(said["sha256"], hex_of(sha256_of(read_octets(file))));
        }
      }
      for (const std::string& path : files) read_file(path, seen[chain.path().filename()]);
      // Between two renames a file may be there alone; the next process writes what is missing.
      EXPECT_LE(files.size() - manifests.size(), 1u);
    }
    return seen;
  }
  void read_file(const std::string& path, std::vector<uint32_t>& numbers) {
    const auto known = opened_.find(path);
    if (known == opened_.end()) open_file(path, opened_[path]);
    const std::vector<uint32_t>& held = opened_.at(path);
    numbers.insert(numbers.end(), held.begin(), held.end());
  }
  void open_file(const std::string& path, std::vector<uint32_t>& numbers) {
    const auto plain = open_sealed(read_octets(path), agency_);
    ASSERT_TRUE(plain.has_value()) << path;
    const SeenCapture capture = PcapngSight(*plain).read();
    ASSERT_TRUE(capture.good) << path;
    for (const SeenPacket& packet : capture.packets) numbers.push_back(static_cast<uint32_t>(packet.id));
  }

  const std::string directory_;
  const AgencyKey agency_;
  const int shared_fd_;
  Shared* shared_ = nullptr;
  std::set<std::string> proven_;                         // whose hash was compared
  std::map<std::string, std::vector<uint32_t>> opened_;  // each file is opened once
};

TEST_F(FileKillTest, WhatIsVisibleIsWholeAndNothingThatWasSealedIsLostOrThereTwice) {
  const char* const wanted = std::getenv("LICTOR_KILLS");
  const uint32_t kills = wanted == nullptr ? 24 : static_cast<uint32_t>(std::atoi(wanted));
  std::mt19937 random(21);
  for (uint32_t i = 0; i < kills && !HasFailure(); ++i) {
    const uint32_t records = 1 + static_cast<uint32_t>(random() % 1500);
    const pid_t pid = start(i, records);
    while (shared_->records.load(std::memory_order_acquire) < records) {
      ASSERT_EQ(waitpid(pid, nullptr, WNOHANG), 0) << "it ended by itself";
      std::this_thread::yield();
    }
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    look();
  }
  const pid_t last = start(0, 0);
  int status = 0;
  ASSERT_EQ(waitpid(last, &status, 0), last);
  EXPECT_EQ(status, 0);
  const std::map<std::string, std::vector<uint32_t>> seen = look();
  EXPECT_EQ(seen.size(), size_t{kTasks});
  uint64_t sealed = 0;
  for (const std::atomic<uint32_t>& task : shared_->sealed) sealed += task.load();
  uint64_t found = 0;
  for (const auto& [chain, numbers] : seen) {
    for (size_t i = 0; i < numbers.size(); ++i) ASSERT_EQ(numbers[i], i) << chain;
    found += numbers.size();
  }
  EXPECT_GE(found, sealed);
  for (const auto& entry : fs::directory_iterator(directory_ + "/files/police/vault/.work"))
    EXPECT_NE(entry.path().extension(), ".cms");
}

}  // namespace
}  // namespace lictor

int main(int argc, char** argv) {
  if (argc == 6 && std::string_view(argv[1]) == lictor::kWriterMark) {
    return lictor::run_writer({.directory = argv[2],
                               .seed = static_cast<uint32_t>(std::atoi(argv[3])),
                               .records = static_cast<uint32_t>(std::atoi(argv[4])),
                               .shared = std::atoi(argv[5])});
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
