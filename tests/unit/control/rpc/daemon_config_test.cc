// lictord's configuration keys.
#include "control/daemon_config.h"

#include <fstream>

#include "tests/unit/control/support/fixtures.h"

namespace lictor::control {
namespace {

Result<DaemonConfig> read(const std::string& text) {
  const TempDir directory;
  std::ofstream(directory.file("lictord.cfg")) << text;
  return read_daemon_config(directory.file("lictord.cfg"));
}

TEST(DaemonConfig, EveryKeyHasADefault) {
  const Result<DaemonConfig> config = read("");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->listen.socket, "/run/lictor/lictord.sock");
  EXPECT_EQ(config->listen.tcp, "");
  EXPECT_EQ(config->store_path, "/var/lib/lictor/lictord.db");
  EXPECT_TRUE(config->master_key.is_default());
  EXPECT_EQ(config->master_key.default_file, "/var/lib/lictor/master-key/lictord.key");
  EXPECT_FALSE(config->policy.lab);
  EXPECT_EQ(config->policy.prefix_ipv4_min, 24u);
  EXPECT_EQ(config->policy.prefix_ipv6_min, 48u);
  EXPECT_EQ(config->policy.number_digits_min, 0u);
  EXPECT_EQ(config->policy.duration_days_max, 366u);
  EXPECT_TRUE(config->policy.shared.empty());
  EXPECT_TRUE(config->policy.four_eyes);
  EXPECT_FALSE(config->policy.emergency);
  EXPECT_EQ(config->policy.emergency_hours, 24u);
  EXPECT_FALSE(config->policy.desks);
  EXPECT_TRUE(config->policy.test_lines.empty());
  EXPECT_EQ(config->acknowledge_wait_ms, 2000);
}

TEST(DaemonConfig, EveryKeyIsRead) {
  const Result<DaemonConfig> config = read(
      R"(listen = { socket = "/s"; tcp = "[::1]:1"; tls = { certificate = "c"; key = "k"; ca = "a"; }; };
         store = { path = "/p"; master_key = { credential = "lictor"; }; };
         retention = { personal_days = 90; };
         policy = { lab = true; prefix_ipv4_min = 20; prefix_ipv6_min = 40; number_digits_min = 8; duration_days_max = 30;
                    shared = ("100.64.0.0/10", "2001:db8::53");
                    shared_names = ("radius-user:guest", "circuit-id:none"); };
         fleet = { acknowledge_wait_ms = 5; };
         log = { level = "debug"; };)");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->listen.tcp, "[::1]:1");
  EXPECT_EQ(config->listen.ca, "a");
  EXPECT_EQ(config->master_key.credential, "lictor");
  EXPECT_EQ(config->master_key.path(), "");
  EXPECT_EQ(config->personal_days, 90);
  EXPECT_TRUE(config->policy.lab);
  EXPECT_EQ(config->policy.prefix_ipv6_min, 40u);
  EXPECT_EQ(config->policy.number_digits_min, 8u);
  ASSERT_EQ(config->policy.shared.size(), 2u);
  EXPECT_EQ(config->policy.shared[0].prefix_length(), 10u);
  EXPECT_EQ(config->policy.shared[1].address().size(), 16u);
  ASSERT_EQ(config->policy.shared_names.size(), 2u);
  EXPECT_EQ(config->policy.shared_names[0].identity().value(), "guest");
  EXPECT_EQ(config->acknowledge_wait_ms, 5);
  EXPECT_EQ(config->log_level, "debug");
}

TEST(DaemonConfig, PeopleAndTheAuditLogHaveKeys) {
  const Result<DaemonConfig> config = read(
      R"(listen = { group = "lawful"; };
         store = { path = "/p/lictord.db"; };
         audit = { keys = "/k"; checkpoint_entries = 3; checkpoint_s = 7; };
         access = { people = ( { uid = 7; name = "anna"; roles = ( "operator", "auditor" ); },
                               { uid = 8; name = "lea"; roles = ( "agency" ); agency = "north"; } ); };)");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->listen.group, "lawful");
  EXPECT_EQ(config->audit.folder, "/p/audit");
  EXPECT_EQ(config->audit.key_path, "/k");
  EXPECT_EQ(config->audit.checkpoint_entries, 3u);
  EXPECT_EQ(config->audit.checkpoint_ns, 7 * kNanosecondsPerSecond);
  ASSERT_EQ(config->listen.people.size(), 2u);
  EXPECT_EQ(config->listen.people.at(7).roles, RoleSet(Role::kOperator, Role::kAuditor));
  EXPECT_EQ(config->listen.people.at(8).agency_id, "north");
}

TEST(DaemonConfig, FourEyesAreClosedInALaboratoryAlone) {
  EXPECT_FALSE(read("policy = { lab = true; };")->policy.four_eyes);
  EXPECT_TRUE(read("policy = { lab = true; four_eyes = true; };")->policy.four_eyes);
  EXPECT_FALSE(read("policy = { four_eyes = false; };")->policy.four_eyes);
}

TEST(DaemonConfig, AWrongKeyIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"listen.socket", "listen = { socket = 7; };"},
      {"listen.tcp", R"(listen = { tcp = "127.0.0.1:1"; };)"},
      {"listen.tls.cert", R"(listen = { tls = { cert = "x"; }; };)"},
      {"store.path", R"(store = { path = ""; };)"},
      {"access.people", R"(access = { people = ( { uid = 7; name = "anna"; roles = ( "king" ); } ); };)"},
      {"access.people",
       R"(access = { people = ( { uid = 7; name = "anna"; roles = ( "platform", "auditor" ); } ); };)"},
      {"access.people", R"(access = { people = ( { uid = 7; name = "anna"; roles = ( "auditor" ); },
                                                 { uid = 7; name = "berta"; roles = ( "auditor" ); } ); };)"},
      {"audit.checkpoint_s", "audit = { checkpoint_s = 0; };"},
      {"store.master_key.file", R"(store = { master_key = { file = "/a"; credential = "b"; }; };)"},
      {"retention.personal_days", "retention = { personal_days = 7; };"},
      {"policy.clock_offset_max_ms", "policy = { clock_offset_max_ms = 0; };"},
      {"policy.orders.approvers.revoked", R"(policy = { orders = { approvers = { revoked = "r"; }; }; };)"},
      {"policy.trusted_time", "policy = { trusted_time = 1; };"},
      {"directives.key", R"(directives = { key = ""; };)"},
      {"policy.lab", R"(policy = { lab = "yes"; };)"},
      {"policy.prefix_ipv4_min", "policy = { prefix_ipv4_min = 33; };"},
      {"policy.prefix_ipv6_min", "policy = { prefix_ipv6_min = 0; };"},
      {"policy.number_digits_min", "policy = { number_digits_min = 5; };"},
      {"policy.number_digits_min", "policy = { number_digits_min = 16; };"},
      {"policy.duration_days_max", "policy = { duration_days_max = 0; };"},
      {"policy.emergency_hours", "policy = { emergency_hours = 0; };"},
      {"policy.test_hours_max", "policy = { test_hours_max = 0; };"},
      {"policy.test_lines.file", R"(policy = { test_lines = { file = "/nonexistent"; }; };)"},
      {"policy.shared", R"(policy = { shared = "192.0.2.0/24"; };)"},
      {"policy.shared", R"(policy = { shared = ("192.0.2.0/24", "192.0.2.1/24"); };)"},
      {"policy.shared", R"(policy = { shared = ("resolver.example.org"); };)"},
      {"policy.shared_names", R"(policy = { shared_names = ("guest"); };)"},
      {"policy.shared_names", R"(policy = { shared_names = ("ipv4:192.0.2.7"); };)"},
      {"fleet.acknowledge_wait_ms", "fleet = { acknowledge_wait_ms = -1; };"},
      {"log.level", R"(log = { level = "loud"; };)"},
      {"colour", "colour = 1;"},
  };
  for (const auto& [key, text] : cases) {
    const Result<DaemonConfig> config = read(text);
    ASSERT_FALSE(config.ok()) << key;
    EXPECT_NE(std::string(config.status().message()).find(key), std::string::npos) << config.status();
  }
}

TEST(DaemonConfig, SyslogIsSpokenToWithMutualTlsOnly) {
  EXPECT_EQ(read("")->syslog.server.host, "");
  for (const char* const text :
       {R"(audit = { syslog = { server = "log.example.org"; }; };)",
        R"(audit = { syslog = { server = "log.example.org"; ca = "a"; certificate = "c"; }; };)",
        R"(audit = { syslog = { port = 0; }; };)", R"(audit = { syslog = { udp = true; }; };)"})
    EXPECT_FALSE(read(text).ok()) << text;
  const Result<DaemonConfig> config =
      read(R"(audit = { syslog = { server = "log.example.org"; ca = "a"; certificate = "c"; key = "k"; }; };)");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->syslog.server.port, 6514);
  EXPECT_EQ(config->syslog.position_path, "/var/lib/lictor/audit-shipped");
}

TEST(DaemonConfig, WhatHoldsIsKnownByItsPathAlsoWhereItIsADefault) {
  const Result<DaemonConfig> config = read(R"(policy = { lab = true; shared = ("100.64.0.0/10"); };)");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->effective.at("policy.lab"), "true");
  EXPECT_EQ(config->effective.at("policy.shared[0]"), "100.64.0.0/10");
  EXPECT_EQ(config->effective.at("policy.duration_days_max"), "366");
  EXPECT_EQ(config->effective.at("listen.tcp"), "");
}

}  // namespace
}  // namespace lictor::control
