// The `spool` group of the configuration: memory unless a directory is named, and bounds that hold together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/config.h"

namespace lictor {
namespace {

Result<DataplaneConfig> parse(const std::string& spool) {
  return parse_config(R"(network_element_id = "NE-1"; control = "unix:/run/lictor/lictord.sock";
    ports = ( { name = "tap0"; device = "net_null0"; } ); lcores = { rx = [1]; encoders = [2]; };
    spool = { )" + spool +
                      " };");
}

TEST(SpoolConfig, IsMemoryUnlessADirectoryIsNamed) {
  EXPECT_FALSE(parse("")->spool.on_disk);
  EXPECT_TRUE(parse(R"(directory = "/var/lib/lictor/spool";)")->spool.on_disk);
  EXPECT_FALSE(parse(R"(kind = "memory"; directory = "/var/lib/lictor/spool";)")->spool.on_disk);
}

TEST(SpoolConfig, HasTheDefaultsOfTheManual) {
  const SpoolPlan plan = parse(R"(directory = "/d";)")->spool;
  EXPECT_EQ(plan.bytes_max, uint64_t{1} << 30);
  EXPECT_EQ(plan.shape.segment_bytes, size_t{4} << 20);
  EXPECT_EQ(plan.shape.series_max, 1024U);
  EXPECT_EQ(plan.staging_bytes, uint64_t{8} << 20);
  EXPECT_EQ(plan.express_bytes, uint64_t{1} << 20);
  EXPECT_EQ(plan.age_max_ns, 604'800 * kNanosecondsPerSecond);
  EXPECT_EQ(plan.sync, SyncPolicy::kNone);
}

TEST(SpoolConfig, EveryKeyIsRead) {
  const Result<DataplaneConfig> config = parse(R"(kind = "disk"; directory = "/d";
    directories = ( { destination = "lea/x3"; directory = "/e"; } ); bytes_max = 67108864; segment_bytes = 1048576;
    staging_bytes = 131072; express_bytes = 65536; series_max = 64; age_max_s = 60; sync = "interval"; sync_interval_ms = 200;)");
  ASSERT_TRUE(config.ok()) << config.status();
  const SpoolPlan& plan = config->spool;
  EXPECT_EQ(plan.directories.at("lea/x3"), "/e");
  EXPECT_EQ(plan.bytes_max, 67108864U);
  EXPECT_EQ(plan.shape.segment_bytes, 1048576U);
  EXPECT_EQ(plan.staging_bytes, 131072U);
  EXPECT_EQ(plan.express_bytes, 65536U);
  EXPECT_EQ(plan.shape.series_max, 64U);
  EXPECT_EQ(plan.age_max_ns, 60 * kNanosecondsPerSecond);
  EXPECT_EQ(plan.sync, SyncPolicy::kInterval);
  EXPECT_EQ(plan.sync_interval_ms, 200U);
  EXPECT_EQ(parse(R"(directory = "/d"; sync = "each_seal";)")->spool.sync, SyncPolicy::kEachSeal);
}

TEST(SpoolConfig, WhatDoesNotFitTogetherIsRefusedByTheNameOfItsKey) {
  const std::pair<const char*, const char*> wrong[] = {
      {R"(kind = "tape";)", "spool.kind"},
      {R"(kind = "disk";)", "spool.directory"},
      {R"(directory = "/d"; sync = "often";)", "spool.sync"},
      {R"(directory = "/d"; bytes_max = 8388608;)", "spool.bytes_max"},
      {R"(directory = "/d"; segment_bytes = 65536; series_max = 2048;)", "spool.segment_bytes"},
      {R"(directory = "/d"; staging_bytes = 16384;)", "spool.staging_bytes"},
      {R"(directory = "/d"; express_bytes = 65535;)", "spool.express_bytes"},
      {R"(directory = "/d"; age_max_s = 0;)", "spool.age_max_s"},
      {R"(directories = ( { destination = "a"; directory = "/e"; }, { destination = "a"; directory = "/f"; } );)",
       "destination"}};
  for (const auto& [text, key] : wrong) {
    const Result<DataplaneConfig> config = parse(text);
    ASSERT_FALSE(config.ok()) << text;
    EXPECT_THAT(std::string(config.status().message()), testing::HasSubstr(key)) << text;
  }
}

}  // namespace
}  // namespace lictor
