// File destinations as the handover runs them: a spool on disk, the thread that writes, a directory that comes and
// goes. Nothing here depends on a time.
#include "encoders/handover/file_outlet.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "encoders/handover/handover.h"
#include "tests/unit/encoders/files/file_rig.h"
#include "tests/unit/encoders/handover/tcp_peer.h"

namespace lictor {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr uint32_t kTasks = 3;

Xid xid_of(uint8_t task) { return test_parameters(task).xid; }
SharedKey key_of(uint8_t task) { return *SecretKey::make(std::vector<uint8_t>(SecretKey::kBytes, task)); }

class FileOutletTest : public ::testing::Test {
 protected:
  FileOutletTest() : directory_(test_directory()), agency_(make_curve_agency()) {
    fs::create_directory(root());
    spool_.on_disk = true;
    spool_.directory = directory_ + "/spool";
    spool_.shape = {.segment_bytes = 256 << 10, .series_max = 64};
    spool_.bytes_max = 16 << 20;
    spool_.staging_bytes = 256 << 10;
  }
  ~FileOutletTest() override {
    end(0);
    fs::remove_all(directory_);
  }

  [[nodiscard]] std::string root() const { return directory_ + "/root"; }
  [[nodiscard]] std::string place() const { return root() + "/police/vault"; }

  // A process begins, and opens the destination for all tasks.
  void begin() {
    accounts_ = std::vector<TaskAccount>(kTasks);
    depot_ = *SpoolDepot::make(spool_, alarms_);
    for (uint8_t task = 0; task < kTasks; ++task) depot_->keys().enter(xid_of(task), TaskSlot{task}, key_of(task));
    handover_ = *Handover::make({.depot = depot_.get(),
                                 .connect_retry_min_ms = 1,
                                 .connect_retry_max_ms = 20,
                                 .files = {.root = root(), .window_bytes = window_bytes_}},
                                accounts_, alarms_);
    handle_ = *handover_->open(plan());
    for (uint8_t task = 0; task < kTasks; ++task) {
      const LeftOfTask left = depot_->left("police/vault", "files", xid_of(task), 7);
      accounts_[task].hi3.recovered.add(left.records);
      next_[task] = left.known ? left.next[1] : 0;
      encoders_.push_back(*make_pcapng_encoder(test_parameters(task)));
      seals_.push_back(*TaskSeal::make(key_of(task), xid_of(task), 7));
      seals_.back()->set_next(left.next);
      spool().attach(*seals_.back());
      appended_[task] = 0;
    }
    handover_->let_left_go();
  }
  void end(uint32_t drain_ms) {
    if (handover_ == nullptr) return;
    handover_->stop(drain_ms);
    expect_sums();
    handover_.reset();
    depot_.reset();
    encoders_.clear();
    seals_.clear();
  }

  [[nodiscard]] DestinationPlan plan() const {
    DestinationPlan made{.id = "police/vault", .side = HandoverSide::kHi3};
    made.files = {.agency = "police",
                  .directory = "vault",
                  .certificates = agency_.pem,
                  .bytes = file_bytes_,
                  .seconds = file_seconds_};
    return made;
  }
  Spool& spool() { return *handover_->spool(handle_, 0); }

  void put(uint8_t task, const std::vector<uint8_t>& octets, RecordKind series, uint32_t number) {
    MutableBytes room;
    ASSERT_TRUE(eventually([&] { return !(room = spool().reserve(octets.size())).empty(); }));
    std::ranges::copy(octets, room.begin());
    spool().append({.slot = TaskSlot{task},
                    .bytes = static_cast<uint32_t>(octets.size()),
                    .series = static_cast<uint8_t>(series),
                    .number = number,
                    .seal = seals_[task].get()});
    spool().publish();
    ++appended_[task];
  }
  void add(uint8_t task, size_t count, size_t bytes = 100) {
    for (size_t i = 0; i < count; ++i, ++next_[task])
      put(task, encode_packet(*encoders_[task], task, next_[task], bytes), RecordKind::kCc, next_[task]);
  }
  [[nodiscard]] bool all_confirmed(uint8_t task) const {
    return accounts_[task].hi3.confirmed.get() == appended_[task] + accounts_[task].hi3.recovered.get();
  }
  // appended + recovered == confirmed + unconfirmed + in spool + given up, of all tasks together.
  void expect_sums() {
    uint64_t in = 0;
    uint64_t out = 0;
    for (uint8_t task = 0; task < kTasks; ++task) {
      const HandoverTaskAccount& account = accounts_[task].hi3;
      in += appended_[task] + account.recovered.get();
      out += account.confirmed.get() + account.unconfirmed.get() + account.given_up.total();
    }
    uint64_t left = 0;
    for (const DestinationStatistics& one : handover_->statistics()) left += one.backlog_records;
    EXPECT_EQ(in, out + left);
  }
  DestinationStatistics statistics() { return handover_->statistics().at(0); }

  // The captures of one task, in the order of their chain, each checked against its manifest.
  std::vector<SeenCapture> captures(uint8_t task) {
    const std::vector<uint8_t> any = encode_packet(**make_pcapng_encoder(test_parameters(task)), task, 0);
    const std::string chain = place() + "/" + hex_of(read_file_record(any)->record.chain);
    std::vector<SeenCapture> all;
    std::string previous;
    for (uint64_t sequence = 1;; ++sequence) {
      const std::vector<uint8_t> text = read_octets(fmt_path(chain, sequence, "json"));
      if (text.empty()) break;
      const json said = json::parse(text, nullptr, false);
      EXPECT_EQ(said["previous"], previous);
      EXPECT_EQ(said["sequence"], sequence);
      const std::vector<uint8_t> sealed = read_octets(chain + "/" + said["file"].get<std::string>());
      EXPECT_EQ(said["sha256"], hex_of(sha256_of(sealed)));
      const auto plain = open_sealed(sealed, agency_);
      EXPECT_TRUE(plain.has_value());
      if (!plain) break;
      all.push_back(PcapngSight(*plain).read());
      EXPECT_TRUE(all.back().good);
      EXPECT_EQ(said["packets"], all.back().packets.size());
      previous = hex_of(sha256_of(text));
    }
    return all;
  }
  static std::string fmt_path(const std::string& chain, uint64_t sequence, const std::string& ending) {
    std::string digits = std::to_string(sequence);
    digits.insert(0, 10 - digits.size(), '0');
    return chain + "/" + digits + "." + ending;
  }
  // Every packet of the task once, in order, and none of another.
  void expect_complete(uint8_t task, uint32_t count, size_t bytes = 100) {
    uint32_t number = 0;
    for (const SeenCapture& capture : captures(task)) {
      EXPECT_NE(capture.section.at(1).find(test_parameters(task).liid), std::string::npos);
      for (const SeenPacket& packet : capture.packets) {
        ASSERT_EQ(packet.id, number);
        ASSERT_EQ(packet.octets, test_packet(task, number, bytes));
        ++number;
      }
    }
    EXPECT_EQ(number, count);
  }
  std::vector<std::string> alarms(const std::string& code) {
    std::vector<std::string> found;
    for (AlarmEvent& alarm : alarms_.take_all()) {
      if (alarm.code == code) found.push_back(alarm.cleared ? "cleared" : "raised");
    }
    return found;
  }
  bool work_is_empty() const {
    return std::ranges::none_of(fs::directory_iterator(place() + "/.work"),
                                [](const auto& entry) { return entry.path().extension() == ".cms"; });
  }

  const std::string directory_;
  const AgencyKey agency_;
  SpoolPlan spool_;
  size_t window_bytes_ = size_t{4} << 20;
  uint64_t file_bytes_ = 1 << 20;
  uint32_t file_seconds_ = 3600;
  AlarmQueue alarms_;
  std::vector<TaskAccount> accounts_;
  std::unique_ptr<SpoolDepot> depot_;
  std::unique_ptr<Handover> handover_;
  DestinationHandle handle_{};
  std::vector<std::unique_ptr<Encoder>> encoders_;
  std::vector<std::unique_ptr<TaskSeal>> seals_;
  std::array<uint32_t, kTasks> next_{};
  std::array<uint64_t, kTasks> appended_{};
};

TEST_F(FileOutletTest, EachTaskHasFilesOfItsOwnAndTheEndFinishesThem) {
  begin();
  for (int i = 0; i < 200; ++i)
    for (uint8_t task = 0; task < kTasks; ++task) add(task, 1);
  end(30'000);
  for (uint8_t task = 0; task < kTasks; ++task) {
    expect_complete(task, 200);
    EXPECT_EQ(captures(task).size(), 1u);
    EXPECT_TRUE(all_confirmed(task));
  }
  EXPECT_TRUE(work_is_empty());
}

TEST_F(FileOutletTest, NothingIsConfirmedBeforeItsFileIsFinished) {
  begin();
  add(0, 100);
  ASSERT_TRUE(eventually([&] { return statistics().sent_bytes > 0; }));
  EXPECT_EQ(accounts_[0].hi3.confirmed.get(), 0u);
  EXPECT_EQ(statistics().files, 0u);
  EXPECT_TRUE(captures(0).empty());
  end(30'000);
  EXPECT_TRUE(all_confirmed(0));
}

TEST_F(FileOutletTest, AFileEndsByItsBytes) {
  file_bytes_ = 64 << 10;
  begin();
  add(0, 1000, 1000);
  ASSERT_TRUE(eventually([&] { return statistics().files >= 10; }));
  const DestinationStatistics now = statistics();
  EXPECT_TRUE(now.is_files);
  EXPECT_TRUE(now.connected);
  EXPECT_NE(now.last_file.find(".pcapng.cms"), std::string::npos);
  EXPECT_EQ(now.last_file.find(kTestLiid), std::string::npos);
  end(30'000);
  expect_complete(0, 1000, 1000);
}

TEST_F(FileOutletTest, AFileEndsByItsSeconds) {
  file_seconds_ = 1;
  begin();
  add(0, 10);
  ASSERT_TRUE(eventually([&] { return all_confirmed(0); }));
  expect_complete(0, 10);
}

TEST_F(FileOutletTest, AFileEndsBeforeTheSpoolCannotHoldMoreOfIt) {
  window_bytes_ = 256 << 10;
  file_bytes_ = uint64_t{1} << 40;
  begin();
  add(0, 3000, 1000);
  ASSERT_TRUE(eventually([&] { return statistics().files >= 10; }));
  end(30'000);
  expect_complete(0, 3000, 1000);
  EXPECT_TRUE(all_confirmed(0));
}

TEST_F(FileOutletTest, TheTasksLastRecordEndsItsFile) {
  begin();
  add(0, 10);
  put(0, encode_event(*encoders_[0], {.kind = EventKind::kDeactivated, .series = RecordKind::kHi1, .time = {0}}, 0),
      RecordKind::kHi1, 0);
  ASSERT_TRUE(eventually([&] { return all_confirmed(0); }));
  expect_complete(0, 10);
  EXPECT_EQ(captures(0).at(0).events.size(), 1u);
}

TEST_F(FileOutletTest, ADirectoryThatGoesAndComesBackLosesNothing) {
  begin();
  add(0, 50);
  ASSERT_TRUE(eventually([&] { return statistics().sent_bytes > 0; }));
  fs::rename(root(), root() + ".away");
  file_bytes_ = 1;  // all of it must become a file now
  ASSERT_TRUE(handover_->open(plan()).ok());
  ASSERT_TRUE(eventually([&] { return statistics().file_errors > 2; }));
  EXPECT_FALSE(statistics().connected);
  EXPECT_NE(statistics().last_error.find("No such file"), std::string::npos);
  EXPECT_EQ(accounts_[0].hi3.confirmed.get(), 0u);
  expect_sums();
  EXPECT_EQ(alarms("destination_down"), std::vector<std::string>{"raised"});
  fs::rename(root() + ".away", root());
  ASSERT_TRUE(eventually([&] { return all_confirmed(0); }));
  expect_complete(0, 50);
  ASSERT_TRUE(eventually([&] { return statistics().connected; }));
  EXPECT_EQ(alarms("destination_down"), std::vector<std::string>{"cleared"});
}

TEST_F(FileOutletTest, AFileInTheDirectorysPlaceIsAnErrorThatHeals) {
  fs::create_directory(root() + "/police");
  std::ofstream(place()) << "in the way";
  begin();
  add(0, 5);
  ASSERT_TRUE(eventually([&] { return statistics().file_errors > 0; }));
  fs::remove(place());
  end(30'000);
  expect_complete(0, 5);
}

TEST_F(FileOutletTest, WhatWasNotInAFinishedFileComesBackInTheNextProcess) {
  begin();
  add(0, 100);
  add(1, 30);
  ASSERT_TRUE(eventually([&] { return statistics().backlog_records == 130; }));
  fs::rename(root(), root() + ".away");  // nothing can be finished
  end(0);
  fs::rename(root() + ".away", root());
  begin();
  EXPECT_EQ(accounts_[0].hi3.recovered.get(), 100u);
  add(0, 20);
  end(30'000);
  expect_complete(0, 120);
  expect_complete(1, 30);
}

TEST_F(FileOutletTest, AManifestThatACrashLeftAloneIsShownThoughNothingFollows) {
  begin();
  add(0, 10);
  end(30'000);
  const std::vector<uint8_t> any = encode_packet(**make_pcapng_encoder(test_parameters(0)), 0, 0);
  const std::string chain = hex_of(read_file_record(any)->record.chain);
  const std::string manifest = fmt_path(place() + "/" + chain, 1, "json");
  fs::rename(manifest, place() + "/.work/" + chain + ".json");
  begin();
  ASSERT_TRUE(eventually([&] { return fs::exists(manifest); }));
}

TEST_F(FileOutletTest, ARevokedTasksOpenFileGoesAndTheOthersRecordsStay) {
  begin();
  add(0, 100);
  add(1, 100);
  ASSERT_TRUE(eventually([&] { return statistics().sent_bytes > 0; }));
  handover_->revoke(TaskSlot{0});
  depot_->keys().erase_key(xid_of(0));
  end(30'000);
  EXPECT_TRUE(captures(0).empty());
  expect_complete(1, 100);
  EXPECT_EQ(accounts_[0].hi3.given_up.get(GivenUp::kRevoked), 100u);
  EXPECT_TRUE(work_is_empty());
}

TEST_F(FileOutletTest, WhatABoundTakesIsGivenUpAndTheManifestCountsIt) {
  file_bytes_ = 64 << 10;
  begin();
  ASSERT_TRUE(eventually([&] { return statistics().connected; }));
  fs::rename(root(), root() + ".away");
  add(0, 30'000, 1000);  // more than the spool holds
  fs::rename(root() + ".away", root());
  end(30'000);
  const uint64_t given_up = accounts_[0].hi3.given_up.get(GivenUp::kBacklogMax);
  EXPECT_GT(given_up, 0u);
  EXPECT_EQ(accounts_[0].hi3.unconfirmed.get(), 0u);
  EXPECT_EQ(accounts_[0].hi3.confirmed.get() + given_up, 30'000u);
  uint64_t packets = 0;
  uint64_t missing = 0;
  for (const auto& entry : fs::recursive_directory_iterator(place())) {
    if (entry.path().extension() != ".json") continue;
    const json said = json::parse(read_octets(entry.path()), nullptr, false);
    packets += said["packets"].get<uint64_t>();
    missing += said["missing"].get<uint64_t>();
  }
  EXPECT_EQ(packets, accounts_[0].hi3.confirmed.get());
  EXPECT_EQ(missing, given_up);
}

TEST_F(FileOutletTest, TwoDestinationsOfOneDirectoryDoNotMix) {
  begin();
  add(0, 1);
  ASSERT_TRUE(eventually([&] { return statistics().connected; }));
  DestinationPlan other = plan();
  other.id = "police/other";
  ASSERT_TRUE(handover_->open(other).ok());
  ASSERT_TRUE(eventually([&] { return handover_->statistics().at(0).file_errors > 0; }));
  EXPECT_NE(handover_->statistics().at(0).last_error.find("has this directory"), std::string::npos);
}

TEST_F(FileOutletTest, ACertificateThatEndsSoonIsTold) {
  begin();
  ASSERT_TRUE(eventually([&] { return statistics().connected; }));
  EXPECT_EQ(alarms("agency_certificate_expires"), std::vector<std::string>{"raised"});
}

TEST_F(FileOutletTest, APathOutOfTheRootIsRefused) {
  begin();
  for (const std::string& name : {std::string("../x"), std::string(".."), std::string("a/b"), std::string(),
                                  std::string(".work"), std::string(64, 'a')}) {
    DestinationPlan wrong = plan();
    wrong.files->directory = name;
    EXPECT_EQ(handover_->open(wrong).status().code(), absl::StatusCode::kInvalidArgument) << name;
    wrong = plan();
    wrong.files->agency = name;
    EXPECT_EQ(handover_->open(wrong).status().code(), absl::StatusCode::kInvalidArgument) << name;
  }
  DestinationPlan no_key = plan();
  no_key.files->certificates = "none";
  EXPECT_EQ(handover_->open(no_key).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace lictor
