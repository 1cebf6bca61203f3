// The configuration of signalling, and what it means: which packets are read, where bindings count, who is believed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "dataplane/config.h"
#include "dataplane/session_trackers.h"

namespace lictor {
namespace {

std::string with(const std::string& signalling, const std::string& sessions = "sessions = [3]; ") {
  return R"(network_element_id = "NE-1"; control = "unix:/run/lictor/lictord.sock";
            ports = ( { name = "east"; device = "net_null0"; }, { name = "west"; device = "net_null1"; } );
            lcores = { rx = [1]; encoders = [2]; )" +
         sessions + "}; signalling = { " + signalling + " }; ";
}
std::string set(const std::string& more) { return R"(sets = ( { name = "access"; )" + more + " } );"; }
const std::string kRadius =
    R"(radius = { servers = ["198.51.100.1"]; clients = ( { addresses = "203.0.113.0/24"; } ); }; )";

void expect_refused(const std::string& text, const std::string& key) {
  const Result<DataplaneConfig> config = parse_config(text);
  ASSERT_FALSE(config.ok()) << text;
  EXPECT_THAT(std::string(config.status().message()), testing::HasSubstr(key)) << text;
}

TEST(SignallingConfig, IsOffUnlessThereIsASet) {
  EXPECT_FALSE(parse_config(with("", ""))->signalling.is_on());
  const Result<DataplaneConfig> config = parse_config(with(set(kRadius)));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->signalling.is_on());
  EXPECT_FALSE(config->signalling.always);
  EXPECT_FALSE(config->signalling.checks_sums) << "a virtual switch's mirror has wrong ones only";
  EXPECT_TRUE(parse_config(with(set(kRadius) + R"(checksums = "check";)"))->signalling.checks_sums);
  EXPECT_EQ(config->session_lcores, std::vector<unsigned>{3});
  EXPECT_EQ(config->signalling.sets[0].radius->ports, (std::vector<uint16_t>{1812, 1813, 1645, 1646, 3799}));
}

TEST(SignallingConfig, SetsAndLcoresGoTogether) {
  expect_refused(with(set(kRadius), ""), "lcores.sessions");
  expect_refused(with(""), "lcores.sessions");
}

TEST(SignallingConfig, WrongValuesAreRefusedByTheNameOfTheirKey) {
  expect_refused(with(set("")), "signalling.sets[0].name");
  expect_refused(with(set(R"(radius = { servers = []; };)")), "radius.servers");
  expect_refused(with(set(R"(radius = { servers = ["198.51.100.0/24"]; };)")), "radius.servers");
  expect_refused(with(set(R"(radius = { servers = ["198.51.100.1"]; };)")), "radius.clients");
  expect_refused(with(set(R"(dhcp4 = { servers = ["2001:db8::1"]; };)")), "dhcp4.servers");
  expect_refused(with(set(R"(dhcp6 = { servers = ["192.0.2.1"]; };)")), "dhcp6.servers");
  expect_refused(with(set(R"(pppoe = { };)")), "pppoe.concentrators");
  expect_refused(with(set(R"(pppoe = { concentrators = ["00-00-5E-00-53"]; };)")), "pppoe.concentrators");
  expect_refused(with(set(R"(neighbour = { move = "sometimes"; };)")), "neighbour.move");
  expect_refused(with(set(R"(ports = ["north"]; )" + kRadius)), "sets[0].ports");
  expect_refused(with(set(R"(heard_at = ["north"]; )" + kRadius)), "sets[0].heard_at");
  expect_refused(with(set(R"(vlans = [4095]; )" + kRadius)), "sets[0].vlans");
  expect_refused(with(set(kRadius) + R"(when = "sometimes";)"), "signalling.when");
  expect_refused(with(set(kRadius) + R"(checksums = "sometimes";)"), "signalling.checksums");
  expect_refused(with(set(kRadius) + R"(accounting = "never";)"), "signalling.accounting");
  expect_refused(with(set(kRadius) + "sessions_max = 1;"), "signalling.sessions_max");
  expect_refused(with(set(kRadius) + "interims_missed_max = 0;"), "signalling.interims_missed_max");
  expect_refused(with(set(kRadius) + "unheard_s_max = 59;"), "signalling.unheard_s_max");
  expect_refused(with(set(kRadius) + R"(snapshot = { file = "f"; key = "k"; age_max_s = 60; interval_s = 60; };)"),
                 "signalling.snapshot.interval_s");
  expect_refused(with(set(kRadius) + R"(shared_names = ( { kind = "shoe-size"; name = "42"; } );)"), "kind");
}

std::string two_sets(const std::string& one, const std::string& other) {
  return with(R"(sets = ( { name = "one"; )" + one + R"( }, { name = "two"; )" + other + " } );");
}

TEST(SignallingConfig, CallsAreHeardByOneSetAlone) {
  const std::string host = R"(sip = { servers = ["198.51.100.7", "2001:db8::7"]; };)";
  const std::string any = R"(sip = { servers = ["any"]; };)";
  for (const std::string& other :
       {host, any, std::string(R"(sip = { servers = ["198.51.100.0/24"]; };)"),
        std::string(R"(sip = { servers = ["203.0.113.1", "2001:db8::/64"]; ports = [5061, 5060]; };)"),
        R"(heard_at = ["east"]; )" + host}) {
    expect_refused(two_sets(host, other), "signalling.sets[1].sip.servers");
    expect_refused(two_sets(host, other), "signalling.sets[0].sip.servers (sets one and two)");
  }
  expect_refused(two_sets(any, any), "signalling.sets[1].sip.servers");
  for (const std::string& other : {std::string(R"(sip = { servers = ["198.51.100.8", "2001:db8:0:1::/64"]; };)"),
                                   std::string(R"(sip = { servers = ["198.51.100.7"]; ports = [5070]; };)"), kRadius})
    EXPECT_TRUE(parse_config(two_sets(host, other)).ok()) << other;
  EXPECT_TRUE(parse_config(two_sets(R"(heard_at = ["east"]; )" + any, R"(heard_at = ["west"]; )" + any)).ok());
}

TEST(SignallingConfig, WhatIsWrongWithSipIsSaid) {
  const auto sip = [](const std::string& more) {
    return with(set(R"(sip = { servers = ["198.51.100.7"]; )" + more + "};"));
  };
  expect_refused(with(set(R"(sip = { servers = ["ANY"]; };)")), "names are not resolved");
  expect_refused(with(set(R"(sip = { servers = ["any", "198.51.100.7"]; };)")), "\"any\" stands alone");
  expect_refused(with(set(R"(sip = { servers = []; };)")), "or \"any\"");
  expect_refused(sip(R"(numbers = { trunk = "+"; }; )"), "sip.numbers.trunk");
  expect_refused(sip(R"(numbers = { international = ["+"]; }; )"), "sip.numbers.international");
  expect_refused(sip(R"(numbers = { international = ["00", "0"]; trunk = "0"; }; )"), "sip.numbers.trunk");
  expect_refused(sip(R"(numbers = { bare = "national"; }; )"), "sip.numbers.bare");
}

TEST(SignallingConfig, BindingsCountWhereTheSetSays) {
  const Result<DataplaneConfig> config = parse_config(with(set(R"(ports = ["west"]; vlans = [7]; )" + kRadius)));
  ASSERT_TRUE(config.ok()) << config.status();
  const std::vector<BindingScope> scopes = binding_scopes_of(config->signalling, config->ports);
  ASSERT_EQ(scopes.size(), 1U);
  EXPECT_EQ(scopes[0].ports, 0b10U);
  EXPECT_EQ(scopes[0].vlan_count, 1);
  EXPECT_EQ(scopes[0].vlans[0], 7);
  EXPECT_EQ(scopes[0].label, kNoContext);
}

TEST(SignallingConfig, WhoAnswersToACallIsLatchedUnlessTheSetSaysOtherwise) {
  const auto latches = [](const std::string& more) {
    const Result<DataplaneConfig> config =
        parse_config(with(set("sip = { servers = [\"198.51.100.1\"]; " + more + "};")));
    EXPECT_TRUE(config.ok()) << config.status();
    return config.ok() && call_desk_plan_of(config->signalling, config->ports, false)->sets[0].latching;
  };
  EXPECT_TRUE(latches(""));
  EXPECT_FALSE(latches("latching = false; "));
}

TEST(SignallingConfig, ContactsAtPrivateAddressesAreNobodysUnlessTheSetSaysOtherwise) {
  const auto counts = [](const std::string& more) {
    const Result<DataplaneConfig> config =
        parse_config(with(set("sip = { servers = [\"198.51.100.1\"]; " + more + "};")));
    EXPECT_TRUE(config.ok()) << config.status();
    return config.ok() && call_desk_plan_of(config->signalling, config->ports, false)->sets[0].private_contacts;
  };
  EXPECT_FALSE(counts(""));
  EXPECT_TRUE(counts("private_contacts = true; "));
}

TEST(SignallingConfig, LinksAreHeardAtTheirPortsAlone) {
  const std::string sets = R"(sets = ( { name = "one"; heard_at = ["east"]; neighbour = { nd = false; }; },
                                       { name = "two"; pppoe = { concentrators = ["00:00:5E:00:53:01"]; }; } );)";
  const Result<DataplaneConfig> config = parse_config(with(sets));
  ASSERT_TRUE(config.ok()) << config.status();
  const std::shared_ptr<const SignalSources> sources = signal_sources_of(config->signalling, config->ports);
  EXPECT_EQ(sources->find_link(SignalKind::kArp, 0), 0);
  EXPECT_FALSE(sources->find_link(SignalKind::kArp, 1));
  EXPECT_FALSE(sources->find_link(SignalKind::kNeighbour, 0));
  EXPECT_EQ(sources->find_link(SignalKind::kPppoeDiscovery, 1), 1);
  EXPECT_EQ(config->signalling.sets[1].pppoe->concentrators[0][5], 1);
}

class SecretFile : public testing::Test {
 protected:
  SecretFile() : path_(std::filesystem::temp_directory_path() / ("lictor-secret-" + std::to_string(getpid()))) {}
  ~SecretFile() override { std::filesystem::remove(path_); }

  Status load(const std::string& secret, mode_t mode) {
    std::ofstream(path_) << secret;
    chmod(path_.c_str(), mode);
    const std::string clients =
        R"(clients = ( { addresses = "203.0.113.0/24"; secret = ")" + path_.string() + R"("; } ); )";
    const Result<DataplaneConfig> config =
        parse_config(with(set(R"(radius = { servers = ["198.51.100.1"]; )" + clients + "};")));
    if (!config.ok()) return config.status();
    EXPECT_EQ(locked_bytes_of(config->signalling, 2), 2 * radius::SharedSecret::kLockedBytes);
    const auto book = *SessionBook::make({.sessions_max = 16, .cells_bytes_max = 65'536});
    return SessionTrackers::make(config->signalling, config->ports, SnapshotKeys::random(), *book).status();
  }

  std::filesystem::path path_;
};

TEST_F(SecretFile, IsReadWhereItsOwnerAloneCanReadIt) { EXPECT_TRUE(load("a secret\n", 0600).ok()); }

TEST_F(SecretFile, ThatOthersCanReadIsRefusedAndNothingOfItIsSaid) {
  const Status status = load("a secret\n", 0644);
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("chmod"));
  EXPECT_THAT(std::string(status.message()), testing::Not(testing::HasSubstr("a secret")));
}

TEST_F(SecretFile, WithoutASecretOrWithOneThatIsTooLongIsRefused) {
  EXPECT_FALSE(load("\n", 0600).ok());
  EXPECT_FALSE(load(std::string(200, 'x'), 0600).ok());
}

}  // namespace
}  // namespace lictor
