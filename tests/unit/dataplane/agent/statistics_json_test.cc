// The statistics file: every field of the contract, written whole or not at all.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "dataplane/agent/statistics.h"

namespace lictor {
namespace {

TEST(StatisticsJson, HasEveryFieldOfTheContractByItsName) {
  v1::Statistics statistics;
  statistics.set_taken_unix_ns(INT64_MAX);
  v1::PortStatistics& port = *statistics.add_ports();
  port.set_name("tap0");
  port.set_offered(UINT64_MAX);
  v1::TaskStatistics& task = *statistics.add_tasks();
  task.set_xid(std::string(16, '\x11'));
  task.set_state(v1::TAP_STATE_DRAINING);
  (*task.mutable_records()->mutable_drops())["ring_full"] = 3;
  statistics.add_destinations()->set_last_error("\xff not UTF-8");

  const nlohmann::json json = nlohmann::json::parse(to_json(statistics));
  const auto expect_fields = [](const google::protobuf::Descriptor& descriptor, const nlohmann::json& object) {
    for (int i = 0; i < descriptor.field_count(); ++i) {
      EXPECT_TRUE(object.contains(descriptor.field(i)->name())) << descriptor.field(i)->full_name();
    }
    EXPECT_EQ(object.size(), static_cast<size_t>(descriptor.field_count()));
  };
  expect_fields(*v1::Statistics::descriptor(), json);
  expect_fields(*v1::PortStatistics::descriptor(), json["ports"][0]);
  expect_fields(*v1::PacketStatistics::descriptor(), json["packets"]);
  expect_fields(*v1::RecordStatistics::descriptor(), json["records"]);
  expect_fields(*v1::TaskStatistics::descriptor(), json["tasks"][0]);
  expect_fields(*v1::FlowStatistics::descriptor(), json["flows"]);
  expect_fields(*v1::StageStatistics::descriptor(), json["stages"]);
  expect_fields(*v1::DestinationStatistics::descriptor(), json["destinations"][0]);
  expect_fields(*v1::ClockStatistics::descriptor(), json["clock"]);
  EXPECT_EQ(json["taken_unix_ns"], INT64_MAX);
  EXPECT_EQ(json["ports"][0]["offered"], UINT64_MAX);
  EXPECT_EQ(json["tasks"][0]["xid"], "11111111-1111-1111-1111-111111111111");
  EXPECT_EQ(json["tasks"][0]["state"], "TAP_STATE_DRAINING");
  EXPECT_EQ(json["tasks"][0]["records"]["drops"]["ring_full"], 3);
}

TEST(WriteAtomically, ReplacesTheFileWholeAndLeavesNoOther) {
  const std::string path = testing::TempDir() + "lictor-statistics-" + std::to_string(getpid()) + ".json";
  ASSERT_TRUE(write_atomically(path, "first, which is longer\n").ok());
  ASSERT_TRUE(write_atomically(path, "second\n").ok());
  std::ifstream file(path);
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_EQ(text, "second\n");
  EXPECT_FALSE(std::ifstream(path + ".tmp").good());
  std::remove(path.c_str());
}

TEST(WriteAtomically, FolderThatIsNotThereIsNamed) {
  const Status status = write_atomically("/nonexistent/statistics.json", "");
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("/nonexistent/statistics.json"), absl::string_view::npos);
}

}  // namespace
}  // namespace lictor
