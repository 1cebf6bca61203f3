// Every key of the configuration: defaults, bounds, and what only several keys together show.
#include "dataplane/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lictor {
namespace {

constexpr char kIdentity[] = R"(network_element_id = "NE-1"; control = "unix:/run/lictor/lictord.sock"; )";
constexpr char kPort[] = R"(ports = ( { name = "tap0"; device = "net_null0"; } ); )";
constexpr char kLcores[] = "lcores = { rx = [1]; encoders = [2]; }; ";

std::string with(const std::string& more) { return std::string(kIdentity) + kPort + kLcores + more; }

// The configuration is refused, and the error names this key.
void expect_refused(const std::string& text, const std::string& key) {
  const Result<DataplaneConfig> config = parse_config(text);
  ASSERT_FALSE(config.ok()) << text;
  EXPECT_THAT(std::string(config.status().message()), testing::HasSubstr(key)) << text;
}

TEST(Config, SmallestOneHasTheDefaultsOfTheManual) {
  const Result<DataplaneConfig> config = parse_config(with(""));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->interception_point_id, "");
  EXPECT_FALSE(config->lab);
  EXPECT_EQ(config->ports[0].queues, 1);
  EXPECT_EQ(config->buffers.mbufs, 16384U);
  EXPECT_TRUE(config->spreader_lcores.empty());
  EXPECT_EQ(config->buffers.spread_ring_frames, 1024U);
  EXPECT_EQ(config->buffers.frame_bytes_max, 9728U);
  EXPECT_EQ(config->buffers.copy_ring_bytes, 8388608U);
  EXPECT_EQ(config->buffers.backlog_bytes, 67108864U);
  EXPECT_EQ(config->handover.drain_ms, 5000U);
  EXPECT_EQ(config->handover.lane_backlog_bytes, 4194304U);
  EXPECT_EQ(config->handover.lane_wait_ms, 2000U);
  EXPECT_FALSE(config->replay);
  EXPECT_EQ(config->alarms.silent_leg_s, 10U);
  EXPECT_EQ(config->alarms.quiet_s, 60U);
  EXPECT_TRUE(config->alarms.time_watched);
  EXPECT_EQ(config->alarms.time_error_us, 2'000'000U);
  EXPECT_EQ(config->alarms.time_step_ms, 500U);
  EXPECT_EQ(config->alarms.time_settle_s, 10U);
  EXPECT_EQ(config->idle_sleep_us_max, 200U);
  EXPECT_EQ(config->idle_untapped_poll_ms, 100U);
  EXPECT_EQ(config->idle_interrupt_wait_ms, 10U);
  EXPECT_TRUE(config->ports[0].interrupts);
  EXPECT_EQ(config->flows.rules_max, 10'000U);
  EXPECT_EQ(config->flows.acl_bytes_max, 67108864U);
  EXPECT_EQ(config->flows.build_ms_max, 2'000U);
  EXPECT_EQ(config->statistics_interval_ms, 1000U);
}

TEST(Config, EveryKeyIsRead) {
  const Result<DataplaneConfig> config = parse_config(R"(
    network_element_id = "NE-2"; interception_point_id = "IP1"; control = "unix:/s"; lab = true; eal = [ "--no-pci" ];
    ports = ( { name = "a"; device = "net_pcap0,rx_pcap=/x"; tap_group = "core"; leg = "east"; queues = 2; prespread = true;
                stamps = "host"; interrupts = "off"; rx_descriptors = 64; },
              { name = "b"; device = "net_pcap1,rx_pcap=/y"; encapsulations = ["gre", "vxlan"];
                vxlan_ports = [8472, 4789]; geneve_ports = []; l2tpv3_cookie_bytes = 8; } );
    lcores = { rx = [1, 3]; spreaders = [4]; encoders = [2]; };
    buffers = { mbufs = 20000; mbuf_data_bytes = 4096; frame_bytes_max = 2000; spread_ring_frames = 100; copy_ring_bytes = 1048576;
                backlog_bytes = 2097152; tasks_max = 10; };
    handover = { threads = 2; connect_retry_min_ms = 1; connect_retry_max_ms = 2; drain_ms = 3; lanes_max = 5;
      lane_backlog_bytes = 6; lane_wait_ms = 7; };
    alarms = { silent_leg_s = 8; quiet_s = 9; }; replay = { taps = 4; packets = 5; packets_per_s = 6; };
    idle = { sleep_us_max = 6; untapped_poll_ms = 7; interrupt_wait_ms = 8; };
    limits = { flows_max = 7; flow_acl_bytes_max = 2097152; flow_build_ms = 8; };
    statistics = { file = "/f"; interval_ms = 70; }; log = { level = "debug"; };)");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->ports[0].tap_group, "core");
  EXPECT_EQ(config->ports[0].leg, "east");
  EXPECT_EQ(config->ports[0].queues, 2);
  EXPECT_TRUE(config->ports[0].prespread);
  EXPECT_FALSE(config->ports[0].card_stamps);
  EXPECT_FALSE(config->ports[0].interrupts);
  EXPECT_TRUE(config->ports[1].interrupts);
  EXPECT_EQ(config->idle_interrupt_wait_ms, 8U);
  EXPECT_FALSE(config->ports[1].prespread);
  EXPECT_TRUE(config->ports[1].card_stamps);
  const EncapsulationTrust& trust = config->ports[1].trust;
  EXPECT_TRUE(trust.trusts(Encapsulation::kGre) && trust.trusts(Encapsulation::kVxlan));
  EXPECT_FALSE(trust.trusts(Encapsulation::kGtpU));
  EXPECT_EQ(trust.vxlan_ports[0], 8472);
  EXPECT_EQ(trust.vxlan_ports[2], 0);
  EXPECT_EQ(trust.geneve_ports[0], 0);
  EXPECT_EQ(trust.l2tpv3_cookie_bytes, 8);
  EXPECT_EQ(config->rx_lcores, std::vector<unsigned>({1, 3}));
  EXPECT_EQ(config->spreader_lcores, std::vector<unsigned>({4}));
  EXPECT_EQ(config->buffers.spread_ring_frames, 100U);
  EXPECT_EQ(config->buffers.tasks_max, 10U);
  EXPECT_EQ(config->handover.connect_retry_max_ms, 2U);
  EXPECT_EQ(config->handover.lanes_max, 5U);
  EXPECT_EQ(config->handover.lane_backlog_bytes, 6U);
  EXPECT_EQ(config->handover.lane_wait_ms, 7U);
  ASSERT_TRUE(config->replay);
  EXPECT_EQ(config->replay->taps, 4U);
  EXPECT_EQ(config->replay->packets, 5U);
  EXPECT_EQ(config->replay->packets_per_s, 6U);
  EXPECT_EQ(config->alarms.silent_leg_s, 8U);
  EXPECT_EQ(config->alarms.quiet_s, 9U);
  EXPECT_EQ(config->idle_sleep_us_max, 6U);
  EXPECT_EQ(config->idle_untapped_poll_ms, 7U);
  EXPECT_EQ(config->flows.rules_max, 7U);
  EXPECT_EQ(config->flows.acl_bytes_max, 2097152U);
  EXPECT_EQ(config->flows.build_ms_max, 8U);
  EXPECT_EQ(config->statistics_file, "/f");
  EXPECT_EQ(config->statistics_interval_ms, 70U);
}

TEST(Config, NothingIsTrustedUnlessItIsNamed) {
  const Result<DataplaneConfig> config = parse_config(with(""));
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->ports[0].trust.trusted, 0U);
  EXPECT_EQ(config->ports[0].trust.vxlan_ports[0], 4789);
  EXPECT_EQ(config->ports[0].trust.geneve_ports[0], 6081);
}

TEST(Config, EncapsulationsAreTrustedByName) {
  const auto trust = [](const std::string& keys) {
    return parse_config(std::string(kIdentity) + kLcores + R"(ports = ( { name = "a"; device = "x0"; )" + keys +
                        "} );");
  };
  for (size_t i = 0; i < kEncapsulations; ++i) {
    const auto config = trust("encapsulations = [\"" + std::string(kEncapsulationNames[i]) + "\"];");
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_EQ(config->ports[0].trust.trusted, 1U << i);
  }
  EXPECT_EQ(trust("encapsulations = [\"all\"];")->ports[0].trust.trusted, EncapsulationTrust::all().trusted);
}

TEST(Config, WrongValueIsRefusedByTheNameOfItsKey) {
  expect_refused(with("lab = 1;"), "lab");
  expect_refused(with("eal = \"--no-pci\";"), "eal");
  expect_refused(with("interception_point_id = \"123456789\";"), "interception_point_id");
  expect_refused(with("buffers = { mbufs = 0; };"), "buffers.mbufs");
  expect_refused(with("buffers = { tasks_max = 0; };"), "buffers.tasks_max");
  expect_refused(with("handover = { threads = 65; };"), "handover.threads");
  expect_refused(with("handover = { connect_retry_min_ms = 9; connect_retry_max_ms = 8; };"),
                 "handover.connect_retry_max_ms");
  expect_refused(with("idle = { sleep_us_max = -1; };"), "idle.sleep_us_max");
  expect_refused(with("idle = { untapped_poll_ms = 10001; };"), "idle.untapped_poll_ms");
  expect_refused(with("idle = { interrupt_wait_ms = 0; };"), "idle.interrupt_wait_ms");
  expect_refused(with("limits = { flows_max = -1; };"), "limits.flows_max");
  expect_refused(with("limits = { flow_acl_bytes_max = 1; };"), "limits.flow_acl_bytes_max");
  expect_refused(with("limits = { flow_build_ms = 0; };"), "limits.flow_build_ms");
  expect_refused(with("statistics = { interval_ms = 0; };"), "statistics.interval_ms");
  expect_refused(with("log = { level = \"loud\"; };"), "log.level");
  expect_refused(with("log = { levle = \"info\"; };"), "log.levle");
  expect_refused(with("unknown = 1;"), "unknown");
  const std::string port = std::string(kIdentity) + kLcores + R"(ports = ( { name = "a"; device = "x0"; )";
  expect_refused(port + "encapsulations = [\"gre\", \"ger\"]; } );", "ports[0].encapsulations");
  expect_refused(port + "vxlan_ports = [0]; } );", "ports[0].vxlan_ports");
  expect_refused(port + "vxlan_ports = [1, 2, 3, 4, 5]; } );", "ports[0].vxlan_ports");
  expect_refused(port + "geneve_ports = [4789]; } );", "ports[0].geneve_ports");
  expect_refused(port + "l2tpv3_cookie_bytes = 5; } );", "ports[0].l2tpv3_cookie_bytes");
}

TEST(Config, IdentityIsCheckedInLengthAndCharacters) {
  const auto identity = [](const std::string& id) {
    return "network_element_id = \"" + id + "\"; control = \"unix:/s\"; " + kPort + kLcores;
  };
  expect_refused(identity(""), "network_element_id");
  expect_refused(identity(std::string(17, 'x')), "network_element_id");
  expect_refused(identity("NE\\t1"), "network_element_id");
  EXPECT_TRUE(parse_config(identity(std::string(16, 'x'))).ok());
}

TEST(Config, DirectivesNeverCrossANetworkInTheClear) {
  for (const char* target : {"127.0.0.1:5000", "dns:///lictord.example.org:443", "lictord.example.org"}) {
    expect_refused("network_element_id = \"NE-1\"; control = \"" + std::string(target) + "\"; " + kPort + kLcores,
                   "control");
  }
}

TEST(Config, PortsAreNamedOnceAndShareNoDevice) {
  const auto ports = [](const std::string& list) {
    return std::string(kIdentity) + kLcores + "ports = ( " + list + " );";
  };
  expect_refused(ports(""), "ports");
  expect_refused(ports(R"({ name = "a"; device = "x0"; }, { name = "a"; device = "x1"; })"), "two are called a");
  expect_refused(ports(R"({ name = "a"; device = "x0,p=1"; }, { name = "b"; device = "x0,p=2"; })"), "device");
  expect_refused(ports(R"({ name = "a b"; device = "x0"; })"), "ports[0].name");
  expect_refused(ports(R"({ name = "a"; device = "x0"; queues = 65; })"), "ports[0].queues");
  expect_refused(ports(R"({ name = "a"; device = "x0"; prespread = 1; })"), "ports[0].prespread");
  expect_refused(ports(R"({ name = "a"; device = "x0"; stamps = "nic"; })"), "ports[0].stamps");
  expect_refused(ports(R"({ name = "a"; device = "x0"; interrupts = "on"; })"), "ports[0].interrupts");
  std::string many;
  for (int i = 0; i < 33; ++i) {
    many += (i == 0 ? "" : ", ") + std::string("{ name = \"p") + std::to_string(i) + "\"; device = \"x" +
            std::to_string(i) + "\"; rx_descriptors = 32; }";
  }
  expect_refused(ports(many), "32");
}

TEST(Config, EveryRoleHasAnLcoreOfItsOwn) {
  const auto lcores = [](const std::string& text) { return std::string(kIdentity) + kPort + text; };
  expect_refused(lcores("lcores = { rx = [1]; };"), "lcores.encoders");
  expect_refused(lcores("lcores = { encoders = [1]; };"), "lcores.rx");
  expect_refused(lcores("lcores = { rx = [1]; encoders = [1]; };"), "lcore 1 has two roles");
  expect_refused(lcores("lcores = { rx = [1, 2]; encoders = [3]; };"), "lcore 2 would have no queue");
  expect_refused(lcores("lcores = { rx = [128]; encoders = [3]; };"), "lcores.rx");
}

TEST(Config, PortsOfOneGroupShareTheirLcores) {
  const auto two_ports = [](const std::string& group) {
    return std::string(kIdentity) + "lcores = { rx = [1, 2]; encoders = [3]; }; ports = ( " +
           R"({ name = "a"; device = "x0"; tap_group = "core"; }, { name = "b"; device = "x1"; tap_group = ")" + group +
           R"("; } );)";
  };
  expect_refused(two_ports("core"), "lcore 2 would have no queue");
  EXPECT_TRUE(parse_config(two_ports("edge")).ok());
}

TEST(Config, SpreadersServePortsThatHaveTooFewQueues) {
  const auto lcores = [](const std::string& text) { return std::string(kIdentity) + kPort + text; };
  EXPECT_TRUE(parse_config(lcores("lcores = { rx = [1, 2]; spreaders = [3]; encoders = [4]; };")).ok());
  expect_refused(lcores("lcores = { rx = [1]; spreaders = [3]; encoders = [4]; };"), "lcores.spreaders");
  expect_refused(lcores("lcores = { rx = [1, 2]; spreaders = [3, 5]; encoders = [4]; };"), "lcores.spreaders");
  expect_refused(lcores("lcores = { rx = [1, 2]; spreaders = [1]; encoders = [4]; };"), "lcore 1 has two roles");
  const std::string spread = lcores("lcores = { rx = [1, 2]; spreaders = [3]; encoders = [4]; };");
  expect_refused(spread + "buffers = { spread_ring_frames = 8192; };", "buffers.mbufs");
  expect_refused(spread + "buffers = { spread_ring_frames = 31; };", "buffers.spread_ring_frames");
}

TEST(Config, KeysOfAgenciesAreFilesByName) {
  Result<DataplaneConfig> config = parse_config(with(""));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->handover.signing_keys.paths.empty());
  EXPECT_TRUE(config->handover.payload_keys.paths.empty());
  EXPECT_EQ(config->handover.integrity_ring_bytes, 16U << 20);
  EXPECT_EQ(config->alarms.outage_told_s, 10U);
  config = parse_config(with(R"(handover = { signing_keys = ( { name = "evidence"; file = "/e.key"; } );
      payload_keys = ( { name = "north"; file = "/n.hex"; }, { name = "south"; file = "/s.hex"; } );
      integrity_ring_bytes = 65536; }; alarms = { outage_told_s = 0; }; buffers = { frame_bytes_max = 2000; };)"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->handover.signing_keys.paths.at("evidence"), "/e.key");
  EXPECT_EQ(config->handover.payload_keys.paths.size(), 2U);
  EXPECT_EQ(config->handover.integrity_ring_bytes, 65536U);
  EXPECT_EQ(config->alarms.outage_told_s, 0U);
  expect_refused(with(R"(handover = { signing_keys = ( { name = "a b"; file = "/e"; } ); };)"), "signing_keys[0].name");
  expect_refused(with(R"(handover = { signing_keys = ( { name = "a"; } ); };)"), "signing_keys[0].file");
  const std::string twice = R"(payload_keys = ( { name = "a"; file = "/1"; }, { name = "a"; file = "/2"; } );)";
  expect_refused(with("handover = { " + twice + " };"), "payload_keys[1].name");
  expect_refused(with("handover = { integrity_ring_bytes = 65535; };"), "handover.integrity_ring_bytes");
  expect_refused(with("handover = { integrity_ring_bytes = 65536; }; buffers = { frame_bytes_max = 40000; };"),
                 "handover.integrity_ring_bytes");
  expect_refused(with("alarms = { outage_told_s = 86401; };"), "alarms.outage_told_s");
}

TEST(Config, TheClockIsWatchedButForTheLaboratoryUnlessItIsSaid) {
  const auto watched = [](const std::string& text) {
    const Result<DataplaneConfig> config = parse_config(with(text));
    EXPECT_TRUE(config.ok()) << config.status();
    return config.ok() && config->alarms.time_watched;
  };
  EXPECT_TRUE(watched("lab = false;"));
  EXPECT_FALSE(watched("lab = true;"));
  EXPECT_TRUE(watched("lab = true; alarms = { time = \"on\"; };"));
  EXPECT_FALSE(watched("alarms = { time = \"off\"; };"));
  const Result<DataplaneConfig> config =
      parse_config(with("alarms = { time_error_us = 1; time_step_ms = 2; time_settle_s = 0; };"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->alarms.time_error_us, 1U);
  EXPECT_EQ(config->alarms.time_step_ms, 2U);
  EXPECT_EQ(config->alarms.time_settle_s, 0U);
  expect_refused(with("alarms = { time = \"maybe\"; };"), "alarms.time");
  for (const char* const key : {"time_error_us", "time_step_ms"})
    expect_refused(with(std::string("alarms = { ") + key + " = 0; };"), std::string("alarms.") + key);
  expect_refused(with("alarms = { time_settle_s = -1; };"), "alarms.time_settle_s");
}

TEST(Config, ReplayIsForTheLaboratoryAndNeedsRoomForABurst) {
  expect_refused(with("replay = { taps = 1; packets = 1; };"), "lab");
  expect_refused(with("lab = true; replay = { packets = 1; };"), "replay.taps");
  expect_refused(with("lab = true; replay = { taps = 5000; packets = 1; };"), "replay.taps");
  const std::string small = "lab = true; buffers = { copy_ring_bytes = 262144; }; ";
  EXPECT_TRUE(parse_config(with(small)).ok()) << "live, a full ring is a counted drop";
  expect_refused(with(small + "replay = { taps = 1; packets = 1; };"), "buffers.copy_ring_bytes");
  const std::string more = "lab = true; buffers = { copy_ring_bytes = 1048576; }; replay = { taps = 1; packets = 1; };";
  EXPECT_TRUE(parse_config(with(more)).ok());
  const std::string tunnels = R"(ports = ( { name = "a"; device = "net_null0"; encapsulations = ["gre"]; } ); )";
  expect_refused(kIdentity + tunnels + kLcores + more, "buffers.copy_ring_bytes");
}

TEST(Config, BuffersSufficeForWhatIsUnderWay) {
  expect_refused(with("buffers = { mbufs = 1024; };"), "buffers.mbufs");
  // The descriptors, a burst, and as many frames that wait to be looked into.
  const std::string port = R"(ports = ( { name = "tap0"; device = "net_null0"; rx_descriptors = 1024; } ); )";
  const auto buffers = [&](int mbufs) {
    return kIdentity + port + kLcores + "buffers = { frame_bytes_max = 1600; mbufs = " + std::to_string(mbufs) + "; };";
  };
  EXPECT_TRUE(parse_config(buffers(1024 + 64)).ok());
  expect_refused(buffers(1024 + 63), "buffers.mbufs");
  expect_refused(with("buffers = { copy_ring_bytes = 65536; frame_bytes_max = 100000; };"), "buffers.copy_ring_bytes");
}

TEST(Config, MissingFileIsNamed) {
  const Result<DataplaneConfig> config = load_config("/nonexistent/dataplane.conf");
  EXPECT_TRUE(absl::IsNotFound(config.status()));
  EXPECT_THAT(std::string(config.status().message()), testing::HasSubstr("/nonexistent/dataplane.conf"));
}

TEST(ControlConfig, IsAnAddressAloneOrAGroupOfWhomToBelieve) {
  const auto read = [](const std::string& control) {
    return parse_config("network_element_id = \"NE-1\"; control = " + control + "; " + kPort + kLcores);
  };
  EXPECT_EQ(read(R"("unix:/s")")->control.address, "unix:/s");
  const Result<DataplaneConfig> whole = read(R"({
    address = "lictord.example.org:7443";
    tls = { certificate = "/c"; key = "/k"; ca = "/a"; server_name = "lictord"; };
    directive_keys = [ "/d" ];
    orders = { required = true; approvers = { ca = "/o"; revoked = "/r"; pins = [ "00" ]; }; }; })");
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->control.tls.server_name, "lictord");
  EXPECT_EQ(whole->control.directive_keys, std::vector<std::string>{"/d"});
  EXPECT_TRUE(whole->control.orders_required);
  EXPECT_EQ(whole->control.approvers.revoked, "/r");
  const std::pair<const char*, const char*> cases[] = {
      {"control", R"("lictord.example.org:7443")"},
      {"control", R"({ address = "192.0.2.1:7443"; })"},
      {"control.address", R"({ directive_keys = [ "/d" ]; })"},
      {"control.tls.certificate", R"({ address = "192.0.2.1:7443"; tls = { certificate = "/c"; ca = "/a"; }; })"},
      {"control.tls", R"({ address = "unix:/s"; tls = { certificate = "/c"; key = "/k"; ca = "/a"; }; })"},
      {"control.orders.required", R"({ address = "unix:/s"; orders = { required = true; }; })"},
      {"control.orders.versions",
       R"({ address = "unix:/s"; orders = { versions = "/var/lib/lictor/order-versions"; }; })"},
      {"control.orders.approvers.revoked",
       R"({ address = "unix:/s"; orders = { approvers = { revoked = "/r"; }; }; })"},
      {"control.colour", R"({ address = "unix:/s"; colour = 1; })"},
  };
  for (const auto& [key, control] : cases) {
    const Result<DataplaneConfig> config = read(control);
    ASSERT_FALSE(config.ok()) << control;
    EXPECT_NE(std::string(config.status().message()).find(key), std::string::npos) << config.status();
  }
}

}  // namespace
}  // namespace lictor
