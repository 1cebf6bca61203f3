// The files of one task: shown when they are whole, linked to each other, taken up after a crash.
#include "encoders/files/chain.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/unit/encoders/files/file_rig.h"

namespace lictor {
namespace {

namespace fs = std::filesystem;

class ChainTest : public ::testing::Test {
 protected:
  ChainTest() : directory_(test_directory()), agency_(make_curve_agency()) {
    fs::create_directory(directory_ + "/.work");
    recipients_ = *read_recipients(agency_.pem);
    begin_process();
  }
  ~ChainTest() override { fs::remove_all(directory_); }

  // Also what comes after a kill: nothing was said to the chain.
  void begin_process() {
    encoder_ = *make_pcapng_encoder(test_parameters(1));
    const std::vector<uint8_t> any = encode_packet(*encoder_, 1, 0);
    const ChainId id = read_file_record(any)->record.chain;
    chain_.reset();
    chain_ = *Chain::open(directory_, id);
  }

  void put(uint32_t number) { put_octets(encode_packet(*encoder_, 1, number)); }
  void put_octets(const std::vector<uint8_t>& octets) {
    const FileRecord record = read_file_record(octets)->record;
    if (chain_->holds(record)) return;
    if (!chain_->is_open()) {
      ASSERT_TRUE(chain_->begin(recipients_, record).ok());
    }
    ASSERT_TRUE(chain_->add(record).ok());
  }
  void finish() { ASSERT_TRUE(chain_->finish({1'700'000'000'000'000'000}).ok()); }

  [[nodiscard]] std::string shown(const std::string& name) const {
    return directory_ + "/" + chain_->name() + "/" + name;
  }
  [[nodiscard]] SeenCapture capture(const std::string& name) const {
    const auto plain = open_sealed(read_octets(shown(name)), agency_);
    return plain ? PcapngSight(*plain).read() : SeenCapture{};
  }
  [[nodiscard]] nlohmann::json manifest(const std::string& name) const {
    const std::vector<uint8_t> text = read_octets(shown(name));
    return nlohmann::json::parse(text, nullptr, false);
  }
  // Everything that lies there, but the state.
  [[nodiscard]] std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::recursive_directory_iterator(directory_)) {
      if (entry.is_regular_file() && entry.path().extension() != ".state")
        names.insert(entry.path().filename().string());
    }
    return names;
  }

  const std::string directory_;
  const AgencyKey agency_;
  CmsRecipients recipients_;
  std::unique_ptr<Encoder> encoder_;
  std::unique_ptr<Chain> chain_;
};

TEST_F(ChainTest, AFileHoldsItsPacketsAndEventsAndSaysWhoseItIsInside) {
  put_octets(encode_event(*encoder_, {.kind = EventKind::kActivated, .series = RecordKind::kHi1, .time = {1000}}, 0));
  put(0);
  put(1);
  put(5);
  finish();
  const SeenCapture seen = capture("0000000001.pcapng.cms");
  ASSERT_TRUE(seen.good);
  ASSERT_EQ(seen.packets.size(), 3u);
  EXPECT_EQ(seen.packets[0].octets, test_packet(1, 0));
  EXPECT_EQ(seen.packets[0].interface, "left");
  EXPECT_EQ(seen.packets[1].interface, "right");
  EXPECT_EQ(seen.packets[1].flags, 1u);
  EXPECT_EQ(seen.packets[1].id, 1u);
  EXPECT_EQ(seen.packets[1].unix_ns, 1'700'000'000'000'000'001);
  EXPECT_EQ(seen.packets[2].dropped, 3u);
  ASSERT_EQ(seen.events.size(), 1u);
  EXPECT_NE(seen.events[0].find("MESSAGE=Interception activated"), std::string::npos);
  EXPECT_NE(seen.section.at(1).find(kTestLiid), std::string::npos);
  EXPECT_EQ(seen.section.at(2), "ne-1");
}

TEST_F(ChainTest, TheManifestSaysWhatTheFileHoldsAndWhichHashItHas) {
  put(0);
  put(2);
  finish();
  const nlohmann::json said = manifest("0000000001.json");
  const std::vector<uint8_t> sealed = read_octets(shown("0000000001.pcapng.cms"));
  EXPECT_EQ(said["sequence"], 1);
  EXPECT_EQ(said["packets"], 2);
  EXPECT_EQ(said["missing"], 1);
  EXPECT_EQ(said["bytes"], sealed.size());
  EXPECT_EQ(said["sha256"], hex_of(sha256_of(sealed)));
  EXPECT_EQ(said["previous"], "");
  EXPECT_EQ(said["first_packet"], "2023-11-14T22:13:20.000000000Z");
  EXPECT_EQ(said["ended"], false);
}

TEST_F(ChainTest, EachManifestNamesTheOneBefore) {
  for (uint32_t number = 0; number < 3; ++number) {
    put(number);
    finish();
  }
  EXPECT_EQ(manifest("0000000002.json")["previous"], hex_of(sha256_of(read_octets(shown("0000000001.json")))));
  EXPECT_EQ(manifest("0000000003.json")["previous"], hex_of(sha256_of(read_octets(shown("0000000002.json")))));
  EXPECT_EQ(manifest("0000000003.json")["missing"], 0);
}

TEST_F(ChainTest, ADeactivationEndsTheChain) {
  put(0);
  EXPECT_FALSE(chain_->wants_end());
  put_octets(encode_event(*encoder_, {.kind = EventKind::kDeactivated, .series = RecordKind::kHi1, .time = {0}}, 0));
  EXPECT_TRUE(chain_->wants_end());
  finish();
  EXPECT_EQ(manifest("0000000001.json")["ended"], true);
}

TEST_F(ChainTest, NobodyElseReadsTheFilesAndNothingOfThemIsInTheClear) {
  put(0);
  finish();
  struct stat state {};
  for (const char* name : {"0000000001.pcapng.cms", "0000000001.json"}) {
    ASSERT_EQ(stat(shown(name).c_str(), &state), 0);
    EXPECT_EQ(state.st_mode & 0777, 0640u) << name;
  }
  ASSERT_EQ(stat(shown("").c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0750u);
  const std::vector<uint8_t> packet = test_packet(1, 0);
  const std::string_view secret(kTestLiid);
  for (const auto& entry : fs::recursive_directory_iterator(directory_)) {
    EXPECT_EQ(entry.path().string().find(secret), std::string::npos);
    if (!entry.is_regular_file()) continue;
    const std::vector<uint8_t> octets = read_octets(entry.path());
    EXPECT_EQ(std::search(octets.begin(), octets.end(), packet.begin(), packet.end()), octets.end()) << entry.path();
    EXPECT_EQ(std::search(octets.begin(), octets.end(), secret.begin(), secret.end()), octets.end()) << entry.path();
  }
}

TEST_F(ChainTest, AGroupThatIsHandedDownStaysSo) {
  ASSERT_EQ(chmod(directory_.c_str(), 02750), 0);
  put(0);
  finish();
  struct stat state {};
  ASSERT_EQ(stat(shown("").c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 07777, 02750u);
}

TEST_F(ChainTest, AHalfFileIsGoneAfterACrashAndItsNumberUsedAgain) {
  put(0);
  begin_process();
  EXPECT_TRUE(files().empty());
  put(0);
  finish();
  EXPECT_EQ(manifest("0000000001.json")["packets"], 1);
  EXPECT_EQ(files().size(), 2u);
}

TEST_F(ChainTest, AnAbandonedFileLeavesNothing) {
  put(0);
  chain_->abandon();
  EXPECT_TRUE(files().empty());
  EXPECT_FALSE(fs::exists(shown("")));
  EXPECT_FALSE(chain_->is_open());
}

TEST_F(ChainTest, TheNextProcessGoesOnFromTheLastManifest) {
  put(0);
  finish();
  const std::string first = hex_of(sha256_of(read_octets(shown("0000000001.json"))));
  begin_process();
  put(1);
  finish();
  EXPECT_EQ(manifest("0000000002.json")["previous"], first);
  EXPECT_EQ(manifest("0000000002.json")["missing"], 0);
}

TEST_F(ChainTest, WhatWasFinishedAndNotShownIsShownByTheNextProcess) {
  put(0);
  finish();
  // As a crash leaves it between the two renames, and before both.
  const std::string data = shown("0000000001.pcapng.cms");
  const std::string text = shown("0000000001.json");
  const std::vector<uint8_t> octets = read_octets(data);
  fs::remove(text);
  begin_process();
  EXPECT_TRUE(fs::exists(text));
  fs::remove(text);
  fs::rename(data, directory_ + "/.work/" + chain_->name() + "-0000000001.cms");
  begin_process();
  EXPECT_TRUE(fs::exists(text));
  EXPECT_EQ(read_octets(data), octets);
}

TEST_F(ChainTest, WhatTheAgencyHasFetchedIsNotMissed) {
  put(0);
  finish();
  fs::remove(shown("0000000001.pcapng.cms"));
  fs::remove(shown("0000000001.json"));
  begin_process();
  EXPECT_TRUE(files().empty());
  put(1);
  finish();
  EXPECT_EQ(manifest("0000000002.json")["sequence"], 2);
}

TEST_F(ChainTest, AManifestIsShownThoughTheAgencyWasFasterWithItsFile) {
  put(0);
  finish();
  fs::rename(shown("0000000001.json"), directory_ + "/.work/" + chain_->name() + ".json");
  fs::remove(shown("0000000001.pcapng.cms"));
  begin_process();
  EXPECT_EQ(files(), std::set<std::string>{"0000000001.json"});
}

TEST_F(ChainTest, ARecordThatComesAgainIsInOneFileOnly) {
  const std::vector<uint8_t> one = encode_packet(*encoder_, 1, 0);
  const std::vector<uint8_t> two = encode_packet(*encoder_, 1, 1);
  put_octets(one);
  finish();
  begin_process();
  put_octets(one);
  EXPECT_FALSE(chain_->is_open());
  put_octets(two);
  finish();
  ASSERT_EQ(capture("0000000002.pcapng.cms").packets.size(), 1u);
  EXPECT_EQ(capture("0000000002.pcapng.cms").packets[0].id, 1u);
}

TEST_F(ChainTest, WithoutAGoodStateTheNewestManifestIsWhereItGoesOn) {
  put(0);
  finish();
  put(1);
  finish();
  for (const std::string& damage : {std::string("{"), std::string()}) {
    std::ofstream(directory_ + "/.work/" + chain_->name() + ".state") << damage;
    begin_process();
    EXPECT_EQ(chain_->last().sequence, 2u);
  }
  put(2);
  finish();
  EXPECT_EQ(manifest("0000000003.json")["missing"], 0);
}

TEST_F(ChainTest, ADamagedStateWithoutAnyManifestIsNoBeginning) {
  put(0);
  finish();
  fs::remove(shown("0000000001.pcapng.cms"));
  fs::remove(shown("0000000001.json"));
  std::ofstream(directory_ + "/.work/" + chain_->name() + ".state") << "{";
  const std::vector<uint8_t> any = encode_packet(*encoder_, 1, 0);
  const auto opened = Chain::open(directory_, read_file_record(any)->record.chain);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(ChainTest, ADirectoryThatCannotBeListedIsNoBeginning) {
  const std::string name = chain_->name();
  std::ofstream(directory_ + "/" + name) << "in the way";
  const std::vector<uint8_t> any = encode_packet(*encoder_, 1, 0);
  const auto opened = Chain::open(directory_, read_file_record(any)->record.chain);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ChainTest, WhereNeitherMakesSenseNothingIsWrittenOver) {
  put(0);
  finish();
  std::ofstream(directory_ + "/.work/" + chain_->name() + ".state") << "{";
  std::ofstream(shown("0000000001.json")) << "{";
  const std::vector<uint8_t> any = encode_packet(*encoder_, 1, 0);
  EXPECT_FALSE(Chain::open(directory_, read_file_record(any)->record.chain).ok());
}

}  // namespace
}  // namespace lictor
