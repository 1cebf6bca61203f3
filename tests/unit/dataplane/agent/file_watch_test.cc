// Key files and directories that nothing has used yet.
#include "dataplane/agent/file_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace lictor {
namespace {

using testing::HasSubstr;

class FileWatchTest : public testing::Test {
 protected:
  FileWatchTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lictor-files-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  ~FileWatchTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void write_key(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
    ASSERT_EQ(::chmod(path(name).c_str(), 0600), 0);
  }
  static SocketTime at_s(int64_t seconds) { return {seconds * kNanosecondsPerSecond}; }

  std::filesystem::path folder_;
  AlarmQueue alarms_;
};

TEST_F(FileWatchTest, WhatCannotBeUsedIsToldOnceAndEndsWhenItCan) {
  write_key("agency.key", "no key");
  FileWatch watch({.signing_keys = {},
                   .payload_keys = {.paths = {{"agency", path("agency.key")}}},
                   .directories = {{"files.root", path("mount")}},
                   .check_ms = 1000},
                  alarms_);
  watch.look(at_s(0), {1});
  auto told = alarms_.take_all();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].code, "file_unusable");
  EXPECT_EQ(told[0].destination_id, "handover.payload_keys/agency");
  EXPECT_EQ(told[0].severity, AlarmSeverity::kCritical);
  EXPECT_THAT(told[0].text, HasSubstr("hexadecimal"));
  EXPECT_EQ(told[1].destination_id, "files.root");
  watch.look(at_s(2), {2});
  EXPECT_TRUE(alarms_.take_all().empty()) << "it stands";

  write_key("agency.key", std::string(64, 'a'));
  std::filesystem::create_directory(path("mount"));
  watch.look(at_s(2), {3});
  EXPECT_TRUE(alarms_.take_all().empty()) << "it is not time";
  watch.look(at_s(4), {4});
  told = alarms_.take_all();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_TRUE(told[0].cleared && told[1].cleared);
}

TEST_F(FileWatchTest, AFileInTheRootsPlaceIsNoRoot) {
  write_key("root", "");
  FileWatch watch(
      {.signing_keys = {}, .payload_keys = {}, .directories = {{"files.root", path("root")}}, .check_ms = 1000},
      alarms_);
  watch.look(at_s(0), {1});
  const auto told = alarms_.take_all();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(told[0].text, HasSubstr("no directory"));
}

TEST_F(FileWatchTest, TheFirstLookEndsWhatAFormerProcessRaised) {
  write_key("good.key", std::string(48, 'a'));
  FileWatch watch({.signing_keys = {},
                   .payload_keys = {.paths = {{"good", path("good.key")}}},
                   .directories = {},
                   .check_ms = 1000},
                  alarms_);
  watch.look(at_s(0), {1});
  const auto told = alarms_.take_all();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].cleared);
  watch.look(at_s(5), {5});
  EXPECT_TRUE(alarms_.take_all().empty());
}

}  // namespace
}  // namespace lictor
