// The keys of what stands between match and copy: defaults, bounds, and groups that could not work.
#include "dataplane/stage_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataplane/config.h"

namespace lictor {
namespace {

constexpr char kRest[] =
    R"(network_element_id = "NE-1"; control = "unix:/s"; lcores = { rx = [1]; encoders = [2]; }; )";

// A pair of ports in the group "core", a third port by itself.
std::string ports_of(int queues_a, int queues_b) {
  return std::string(kRest) + R"(ports = ( { name = "a"; device = "x0"; tap_group = "core"; queues = )" +
         std::to_string(queues_a) + R"(; }, { name = "b"; device = "x1"; tap_group = "core"; queues = )" +
         std::to_string(queues_b) + R"(; }, { name = "c"; device = "x2"; tap_group = "edge"; } ); )";
}

std::string excluding(const std::string& list) {
  return std::string(kRest) + R"(ports = ( { name = "a"; device = "x0"; exclude = )" + list + "; } );";
}

void expect_refused(const std::string& text, const std::string& key) {
  const Result<DataplaneConfig> config = parse_config(text);
  ASSERT_FALSE(config.ok()) << text;
  EXPECT_THAT(std::string(config.status().message()), testing::HasSubstr(key)) << text;
}

TEST(StageConfig, NothingIsExcludedOrDeduplicatedUnlessItIsAskedFor) {
  const Result<DataplaneConfig> config = parse_config(ports_of(1, 1));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->ports[0].exclude.empty());
  EXPECT_TRUE(config->deduplicate.groups.empty());
  EXPECT_EQ(config->deduplicate.window_ms, 50U);
  EXPECT_EQ(config->deduplicate.packets_max, 65536U);
  EXPECT_EQ(config->patterns.compile_ms_max, 2000U);
  EXPECT_EQ(config->patterns.budget_percent, 50U);
  EXPECT_EQ(config->patterns.streams_max, 8192U);
  EXPECT_EQ(config->fragments.datagrams_max, 4096U);
  EXPECT_EQ(config->fragments.parked_bytes_max, 4194304U);
  EXPECT_EQ(config->fragments.age_ns, 2'000'000'000);
}

TEST(StageConfig, EveryKeyIsRead) {
  const Result<DataplaneConfig> config =
      parse_config(ports_of(2, 2) + R"(deduplicate = { groups = ["core"]; window_ms = 7; packets_max = 2048; };
        patterns = { compile_ms_max = 11; compilers_max = 1; database_bytes_max = 5000; streams_max = 17;
                     stream_state_bytes_max = 65; flows_max = 18; stream_idle_s = 2; flow_idle_s = 3;
                     budget_percent = 4; };
        fragments = { datagrams_max = 65; parked_bytes_max = 70000; timeout_ms = 3; };)");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->deduplicate.groups, std::vector<std::string>({"core"}));
  EXPECT_EQ(config->deduplicate.window_ms, 7U);
  EXPECT_EQ(config->deduplicate.packets_max, 2048U);
  EXPECT_EQ(config->patterns.compile_ms_max, 11U);
  EXPECT_EQ(config->patterns.compilers_max, 1U);
  EXPECT_EQ(config->patterns.database_bytes_max, 5000U);
  EXPECT_EQ(config->patterns.streams_max, 17U);
  EXPECT_EQ(config->patterns.stream_state_bytes_max, 65U);
  EXPECT_EQ(config->patterns.flows_max, 18U);
  EXPECT_EQ(config->patterns.stream_idle_s, 2U);
  EXPECT_EQ(config->patterns.flow_idle_s, 3U);
  EXPECT_EQ(config->patterns.budget_percent, 4U);
  EXPECT_EQ(config->fragments.datagrams_max, 65U);
  EXPECT_EQ(config->fragments.parked_bytes_max, 70000U);
  EXPECT_EQ(config->fragments.age_ns, 3'000'000);
}

TEST(StageConfig, ExclusionsArePrefixesAndAddresses) {
  const Result<DataplaneConfig> config =
      parse_config(excluding(R"(["192.0.2.0/24", "2001:db8::/32", "198.51.100.7"])"));
  ASSERT_TRUE(config.ok()) << config.status();
  const std::vector<IpPrefix>& exclude = config->ports[0].exclude;
  ASSERT_EQ(exclude.size(), 3U);
  EXPECT_EQ(exclude[0].bits, 24);
  EXPECT_TRUE(exclude[1].ipv6);
  EXPECT_EQ(exclude[2].bits, 32);
  for (const char* wrong : {R"(["192.0.2.1/24"])", R"(["192.0.2.0/33"])", R"(["host.example.org"])", "7", R"([""])"}) {
    expect_refused(excluding(wrong), "ports[0].exclude");
  }
}

TEST(StageConfig, AGroupThatCannotBeDeduplicatedIsRefused) {
  const auto groups = [](const std::string& list) { return "deduplicate = { groups = " + list + "; };"; };
  EXPECT_TRUE(parse_config(ports_of(1, 1) + groups(R"(["core"])")).ok());
  for (const char* wrong : {R"(["no"])", R"(["edge"])", R"(["core", "core"])", R"([""])", "\"core\""}) {
    expect_refused(ports_of(1, 1) + groups(wrong), "deduplicate.groups");
  }
  expect_refused(ports_of(1, 2) + groups(R"(["core"])"), "not as many queues");
}

TEST(StageConfig, BoundsAreHeld) {
  expect_refused(ports_of(1, 1) + "deduplicate = { window_ms = 0; };", "deduplicate.window_ms");
  expect_refused(ports_of(1, 1) + "deduplicate = { packets_max = 1; };", "deduplicate.packets_max");
  for (const char* key : {"compile_ms_max", "compilers_max", "database_bytes_max", "streams_max", "flows_max",
                          "stream_state_bytes_max", "stream_idle_s", "flow_idle_s", "budget_percent"}) {
    expect_refused(ports_of(1, 1) + "patterns = { " + key + " = 0; };", std::string("patterns.") + key);
  }
  expect_refused(ports_of(1, 1) + "patterns = { budget_percent = 101; };", "patterns.budget_percent");
  for (const char* key : {"datagrams_max", "parked_bytes_max", "timeout_ms"}) {
    expect_refused(ports_of(1, 1) + "fragments = { " + key + " = 0; };", std::string("fragments.") + key);
  }
}

}  // namespace
}  // namespace lictor
