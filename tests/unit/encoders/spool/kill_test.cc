// kill -9 of a process that spools and delivers, many times: at random moments, and stopped inside an append and killed
// there. At the receiver, without repeats, nothing is missing whose block was sealed (counted by the writer itself, in
// memory that outlives it), nothing is corrupt, and order holds; and no (key, nonce) comes twice on any disk. The same
// with express spools: what goes first came before all that was appended behind it.
//
// LICTOR_KILLS says how many, a few dozen without it; TMPDIR on which disk. The writer is this program again, with
// arguments.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>
#include <set>

#include "dataplane/base/check.h"
#include "encoders/handover/handover.h"
#include "encoders/spool/recovery.h"
#include "encoders/spool/task_seal.h"
#include "tests/unit/encoders/handover/tcp_peer.h"
#include "tests/unit/encoders/handover/test_records.h"

namespace lictor {
namespace {

constexpr uint32_t kTasks = 3;
constexpr char kWriterMark[] = "--spool-writer";
constexpr uint8_t kSeries = 1;
// Where a task has an express spool too: a record of this series goes there before each kEach-th of the other. On the
// wire it is of slot kTasks + task.
constexpr uint8_t kExpressSeries = 2;
constexpr uint32_t kEach = 16;
constexpr uint32_t kTriesMax = 100'000;  // to stop a writer inside an append

// Outlives the writer: what it knows to be sealed.
struct Shared {
  std::array<std::atomic<uint32_t>, 2 * kTasks> sealed;  // records of each slot; by the writer, behind publish()
  std::atomic<uint64_t> records;                         // of this run
};

Shared* map_shared(int fd) {
  void* const memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return static_cast<Shared*>(memory);
}

Xid xid_of(uint32_t task) {
  Xid xid;
  xid.octets[3] = static_cast<uint8_t>(task + 1);
  return xid;
}

SharedKey key_of(uint32_t task) {
  return *SecretKey::make(std::vector<uint8_t>(SecretKey::kBytes, static_cast<uint8_t>(0x40 + task)));
}

// A quarter of the runs send only what the disk has.
SpoolPlan spool_plan(const std::string& directory, uint32_t seed) {
  SpoolPlan plan;
  plan.sync = seed % 4 == 3 ? SyncPolicy::kEachSeal : SyncPolicy::kNone;
  plan.on_disk = true;
  plan.directory = directory;
  plan.shape = {.segment_bytes = 256 << 10, .series_max = 64};
  plan.bytes_max = 1 << 30;
  plan.staging_bytes = 128 << 10;
  plan.express_bytes = 64 << 10;
  return plan;
}

DestinationPlan destination(uint16_t port, HandoverSide side) {
  return {.id = "agency/a",
          .side = side,
          .endpoints = {{.host = "127.0.0.1", .port = port}},
          .keepalive = {.on = false},
          .codec = test_codec(),
          .security = {.kind = HandoverSecurity::kPlainLab, .tls = {}}};
}

struct WriterPlan {
  std::string directory;
  uint16_t port = 0;
  uint32_t seed = 0;
  uint32_t records = 0;  // 0: delivers what is left, and ends
  int shared = -1;
  HandoverSide side = HandoverSide::kHi3;  // kHi2: with express spools
};

// Writes as an encoder does: what goes first is shown before anything is appended behind it, and goes with the rest
// where a former process left some, or where it finds no room.
class Writer {
 public:
  Writer(const WriterPlan& plan, SpoolDepot& depot, Spool& spool, Spool* express)
      : plan_(plan), spool_(spool), express_(express), random_(plan.seed) {
    for (Spool* const one : {&spool, express}) {
      if (one != nullptr) LICTOR_CHECK(eventually([one] { return one->has_room(1); }));
    }
    for (uint32_t task = 0; task < kTasks; ++task) {
      const LeftOfTask left = depot.left("agency/a", spool_name(plan.side, {}), xid_of(task), 1);
      for (Spool* const one : {&spool, express}) {
        if (one == nullptr) continue;
        seals_[task].push_back(*TaskSeal::make(key_of(task), xid_of(task), 1));
        seals_[task].back()->set_next(left.next);
        one->attach(*seals_[task].back());
      }
      next_[task] = left.next[kSeries];
      next_[kTasks + task] = left.next[kExpressSeries];
      goes_first_[task] = express != nullptr && left.records == 0;
    }
  }

  // Appends bursts of the three tasks' records, and says after each burst what is sealed.
  [[noreturn]] void run(Shared& shared) {
    for (uint32_t written = 0;;) {
      const uint32_t burst = written < plan_.records ? below(40) : 0;
      for (uint32_t i = 0; i < burst; ++i) {
        const uint32_t task = below(8) == 0 ? below(kTasks) : written / 512 % kTasks;
        if (!put(task)) break;
        ++written;
      }
      spool_.publish();
      for (uint32_t slot = 0; slot < 2 * kTasks; ++slot) {
        shared.sealed[slot].store(next_[slot], std::memory_order_release);
      }
      shared.records.store(written, std::memory_order_release);
      if (burst == 0 || written >= plan_.records) std::this_thread::yield();
    }
  }

 private:
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>(random_() % bound); }

  bool put(uint32_t task) {
    const bool is_due = express_ != nullptr && next_[kTasks + task] * kEach <= next_[task];
    if (is_due && !put_first(task)) return false;
    return append(spool_, *seals_[task].front(), kSeries, {task, next_[task]}, below(1200));
  }
  bool put_first(uint32_t task) {
    const TestRecord record{kTasks + task, next_[kTasks + task]};
    if (goes_first_[task] && append(*express_, *seals_[task].back(), kExpressSeries, record, below(300))) {
      express_->publish();
      seals_[task].front()->set_last(kExpressSeries, record.number);
      return true;
    }
    goes_first_[task] = false;
    return append(spool_, *seals_[task].front(), kExpressSeries, record, below(300));
  }
  bool append(Spool& spool, TaskSeal& seal, uint8_t series, TestRecord record, size_t fill) {
    const std::vector<uint8_t> octets = test_record(record, kRecordHeaderBytes + fill);
    const MutableBytes room = spool.reserve(octets.size());
    if (room.empty()) return false;
    std::ranges::copy(octets, room.begin());
    spool.append({.slot = TaskSlot{record.slot % kTasks},
                  .bytes = static_cast<uint32_t>(octets.size()),
                  .series = series,
                  .number = next_[record.slot]++,
                  .seal = &seal});
    return true;
  }

  const WriterPlan& plan_;
  Spool& spool_;
  Spool* const express_;
  std::mt19937 random_;
  std::array<std::vector<std::unique_ptr<TaskSeal>>, kTasks> seals_;  // of the spool, then of the express one
  std::array<bool, kTasks> goes_first_{};
  std::array<uint32_t, 2 * kTasks> next_{};  // by slot on the wire
};

int run_writer(const WriterPlan& plan) {
  Shared& shared = *map_shared(plan.shared);
  AlarmQueue alarms;
  std::vector<TaskAccount> accounts(kTasks);
  const std::unique_ptr<SpoolDepot> depot = *SpoolDepot::make(spool_plan(plan.directory, plan.seed), alarms);
  for (uint32_t task = 0; task < kTasks; ++task) depot->keys().enter(xid_of(task), TaskSlot{task}, key_of(task));
  const std::unique_ptr<Handover> handover =
      *Handover::make({.depot = depot.get(), .connect_retry_min_ms = 1, .connect_retry_max_ms = 5}, accounts, alarms);
  const DestinationHandle handle = *handover->open(destination(plan.port, plan.side));
  handover->let_left_go();
  // Also where it writes nothing: its spools say where the numbers stand, when the former ones are gone.
  Writer writer(plan, *depot, *handover->spool(handle, 0), handover->express(handle, 0));
  if (plan.records > 0) writer.run(shared);
  if (!eventually([&] { return handover->drained(); })) return 4;
  handover->stop(0);
  for (uint32_t task = 0; task < kTasks; ++task) {
    if (accounts[task].hi2.given_up.total() + accounts[task].hi3.given_up.total() > 0) return 3;
  }
  return 0;
}

struct Kill {
  bool away = false;    // nobody listens: a backlog grows
  bool inside = false;  // of an append; else behind `records`
  uint32_t records = 0;
};

class KillTest : public ::testing::Test {
 protected:
  KillTest() : shared_fd_(memfd_create("shared", 0)) {
    EXPECT_EQ(ftruncate(shared_fd_, sizeof(Shared)), 0);
    shared_ = map_shared(shared_fd_);
    directory_ = std::filesystem::temp_directory_path() / "lictor-kill-XXXXXX";
    EXPECT_NE(mkdtemp(directory_.data()), nullptr);
  }
  ~KillTest() override {
    std::filesystem::remove_all(directory_);
    munmap(shared_, sizeof(Shared));
    close(shared_fd_);
  }

  pid_t start(uint32_t seed, uint32_t records, bool away) {
    shared_->records.store(0);
    const pid_t pid = fork();
    if (pid != 0) return pid;
    // Port 1 of this host is nobody's.
    const std::string port = std::to_string(away ? 1 : peer_.port());
    const std::string fd = std::to_string(shared_fd_);
    execl("/proc/self/exe", "spool_kill_test", kWriterMark, directory_.c_str(), port.c_str(),
          std::to_string(seed).c_str(), std::to_string(records).c_str(), fd.c_str(),
          side_ == HandoverSide::kHi2 ? "hi2" : "hi3", nullptr);
    _exit(127);
  }

  static bool is_alive(pid_t pid) { return waitpid(pid, nullptr, WNOHANG) == 0; }

  void kill_one(uint32_t seed, const Kill& kill_at) {
    const pid_t pid = start(seed, kill_at.inside ? 1 << 20 : kill_at.records, kill_at.away);
    const uint32_t records = kill_at.inside ? 1 : kill_at.records;
    ASSERT_TRUE(eventually([&] { return shared_->records.load() >= records || !is_alive(pid); }));
    ASSERT_GE(shared_->records.load(), records) << "it ended by itself";
    if (kill_at.inside) {
      bool inside = false;
      for (uint32_t tries = 0; !inside; ++tries) {
        ASSERT_LT(tries, kTriesMax);
        ASSERT_EQ(kill(pid, SIGSTOP), 0);
        int status = 0;
        ASSERT_EQ(waitpid(pid, &status, WUNTRACED), pid);
        ASSERT_TRUE(WIFSTOPPED(status));
        if (!(inside = is_inside_an_append())) kill(pid, SIGCONT);
      }
      ++inside_;
    }
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    scan();
  }

  template <typename Each>
  void for_each_segment(const Each& each) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
      if (entry.path().extension() != ".seg") continue;
      const Result<std::unique_ptr<Segment>> segment = Segment::open(entry.path());
      if (segment.ok() && (*segment)->header().state.load() == SegmentState::kInUse) each(**segment);
    }
  }

  // Whether a block is half written: its header names its segment, and its magic or the head does not have it yet.
  bool is_inside_an_append() {
    bool inside = false;
    for_each_segment([&](Segment& segment) {
      const uint32_t offset = bytes_of_head(segment.head());
      if (segment.is_closed() || offset + sizeof(BlockHeader) > segment.capacity()) return;
      const auto& block = *reinterpret_cast<const BlockHeader*>(segment.at(offset));
      const Salt& salt = segment.header().salt;
      inside =
          inside || (block.counter > 0 && std::equal(block.segment_tag.begin(), block.segment_tag.end(), salt.begin()));
    });
    return inside;
  }

  // A (key, nonce) is a (task, salt, counter): each has one ciphertext, which its tag stands for.
  void scan() {
    for_each_segment([&](Segment& segment) {
      uint32_t offset = 0;
      for (uint32_t counter = 0; const BlockHeader* const block = segment.block(offset, counter); ++counter) {
        const auto [found, is_new] = nonces_.try_emplace({segment.header().salt, block->xid, counter}, block->tag);
        EXPECT_TRUE(is_new || found->second == block->tag) << "a (key, nonce) was used twice";
        offset += static_cast<uint32_t>(align_block(sizeof(BlockHeader) + block->bytes));
      }
    });
  }

  void check_accounts() {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory_)) {
      if (entry.path().filename() != "head") continue;
      const FoundSpool found = *find_spool(entry.path().parent_path());
      const auto& header = *reinterpret_cast<const SpoolHeader*>(found.header->memory());
      const ReleaseAccount& account = header.accounts[header.current.load() & 1];
      uint64_t left = 0;
      for (const auto& [xid, records] : found.records_left) left += records;
      EXPECT_EQ(account.released, account.confirmed + account.unconfirmed);
      EXPECT_EQ(found.end, account.released + left);
    }
  }

  // What the peer's kernel has acknowledged its thread may not have read yet.
  bool all_sealed_arrived() {
    std::array<uint32_t, 2 * kTasks> next{};
    for (const TestRecord& record : peer_.records()) {
      if (record.slot < next.size()) next[record.slot] = std::max(next[record.slot], record.number + 1);
    }
    for (uint32_t slot = 0; slot < next.size(); ++slot) {
      if (next[slot] < shared_->sealed[slot].load()) return false;
    }
    return true;
  }

  // What arrived, in its order, without repeats; a repeat has to be the same octets.
  void check_received() {
    std::array<uint32_t, 2 * kTasks> next{};
    std::map<std::pair<uint32_t, uint32_t>, std::vector<uint8_t>> seen;
    uint64_t repeats = 0;
    for (const std::vector<uint8_t>& stream : peer_.streams()) {
      size_t at = 0;
      while (stream.size() - at >= kRecordHeaderBytes) {
        ByteReader reader(Bytes(stream).subspan(at));
        const size_t bytes = reader.u32();
        const TestRecord record{.slot = reader.u32(), .number = reader.u32()};
        if (stream.size() - at < bytes) break;
        ASSERT_LT(record.slot, next.size());
        const std::vector<uint8_t> octets(stream.begin() + static_cast<std::ptrdiff_t>(at),
                                          stream.begin() + static_cast<std::ptrdiff_t>(at + bytes));
        ASSERT_EQ(octets, test_record(record, bytes)) << "corrupt";
        at += bytes;
        const auto [found, is_new] = seen.try_emplace({record.slot, record.number}, octets);
        repeats += is_new ? 0 : 1;
        ASSERT_EQ(found->second, octets) << "a number was used twice";
        if (is_new) {
          ASSERT_EQ(record.number, next[record.slot]++) << "of task " << record.slot;
          if (side_ == HandoverSide::kHi2 && record.slot < kTasks) {
            ASSERT_GT(next[kTasks + record.slot], record.number / kEach) << "before what goes first";
          }
        }
      }
    }
    for (uint32_t slot = 0; slot < next.size(); ++slot) EXPECT_GE(next[slot], shared_->sealed[slot].load());
    RecordProperty("received", static_cast<int>(seen.size()));
    std::printf("          %zu records, %lu repeats, %u kills inside an append, %zu blocks scanned\n", seen.size(),
                static_cast<unsigned long>(repeats), inside_, nonces_.size());
  }

  // By a process that ends by itself.
  void deliver_left() {
    const pid_t pid = start(0, 0, false);
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_EQ(status, 0);
  }

  // Kills, then delivers what is left.
  void kill_many(HandoverSide side) {
    side_ = side;
    const char* const wanted = std::getenv("LICTOR_KILLS");
    const uint32_t kills = wanted == nullptr ? 36 : static_cast<uint32_t>(std::atoi(wanted));
    std::mt19937 random(20);
    for (uint32_t i = 0; i < kills && !HasFatalFailure(); ++i) {
      // Of whom nothing is left, what goes first does so in the next process.
      if (side == HandoverSide::kHi2 && i % 2 == 0) deliver_left();
      kill_one(i, {.away = i % 3 == 1, .inside = i % 2 == 1, .records = 1 + static_cast<uint32_t>(random() % 3000)});
      check_accounts();
    }
    deliver_left();
    scan();
    EXPECT_TRUE(eventually([&] { return all_sealed_arrived(); }));
    check_received();
    EXPECT_EQ(inside_, kills / 2);
  }

  HandoverSide side_ = HandoverSide::kHi3;
  const int shared_fd_;
  Shared* shared_ = nullptr;
  std::string directory_;
  TcpPeer peer_;
  uint32_t inside_ = 0;
  std::map<std::tuple<Salt, std::array<uint8_t, 16>, uint32_t>, std::array<uint8_t, kTagBytes>> nonces_;
};

TEST_F(KillTest, NothingThatWasSealedIsLostRepeatedWronglyOrReordered) { kill_many(HandoverSide::kHi3); }

TEST_F(KillTest, NothingPassesWhatGoesFirstAndNothingOfItIsLost) { kill_many(HandoverSide::kHi2); }

}  // namespace
}  // namespace lictor

int main(int argc, char** argv) {
  if (argc == 8 && std::string_view(argv[1]) == lictor::kWriterMark) {
    return lictor::run_writer(
        {.directory = argv[2],
         .port = static_cast<uint16_t>(std::atoi(argv[3])),
         .seed = static_cast<uint32_t>(std::atoi(argv[4])),
         .records = static_cast<uint32_t>(std::atoi(argv[5])),
         .shared = std::atoi(argv[6]),
         .side = std::string_view(argv[7]) == "hi2" ? lictor::HandoverSide::kHi2 : lictor::HandoverSide::kHi3});
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
