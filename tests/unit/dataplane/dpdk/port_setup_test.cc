// What a port is told, for devices that are not in the house: a driver's word for what it can is all that is needed.
#include "dataplane/dpdk/port_setup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_thash.h>

#include <random>

namespace lictor {
namespace {

// A card as the larger ones are.
rte_eth_dev_info card() {
  rte_eth_dev_info info{};
  info.driver_name = "net_made_up";
  info.min_mtu = 68;
  info.max_mtu = 9710;
  info.max_rx_queues = 16;
  info.hash_key_size = 52;
  info.flow_type_rss_offloads = RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP;
  info.rx_offload_capa = RTE_ETH_RX_OFFLOAD_SCATTER | RTE_ETH_RX_OFFLOAD_TIMESTAMP | RTE_ETH_RX_OFFLOAD_CHECKSUM;
  return info;
}

rte_eth_conf configuration_of(const PortPlan& plan, const rte_eth_dev_info& info) {
  rte_eth_conf configuration{};
  const Status status = choose_configuration(plan, info, configuration);
  EXPECT_TRUE(status.ok()) << status;
  return configuration;
}

TEST(PortSetup, SeveralQueuesAreFilledByAddressesAlone) {
  const rte_eth_conf configuration = configuration_of({.queues = 4}, card());
  EXPECT_EQ(configuration.rxmode.mq_mode, RTE_ETH_MQ_RX_RSS);
  EXPECT_EQ(configuration.rx_adv_conf.rss_conf.rss_hf, uint64_t{RTE_ETH_RSS_IP});
  EXPECT_EQ(configuration.rx_adv_conf.rss_conf.rss_key_len, 52);
  ASSERT_NE(configuration.rx_adv_conf.rss_conf.rss_key, nullptr);
}

TEST(PortSetup, FramesWaitUnderACardsDescriptorsAndElsewhereInUnknownNumbers) {
  EXPECT_EQ(frames_waiting_max(512, "pci"), 512U);
  EXPECT_EQ(frames_waiting_max(512, "vdev"), kUnknownQueueFramesMax);
  EXPECT_GE(kUnknownQueueFramesMax, 4096U) << "AF_XDP";
  EXPECT_EQ(frames_waiting_max(32768, "vdev"), 32768U);
}

TEST(PortSetup, InterruptsAreAskedForWhereTheyMayBe) {
  EXPECT_EQ(configuration_of({}, card()).intr_conf.rxq, 1U);
  EXPECT_EQ(configuration_of({.interrupts = false}, card()).intr_conf.rxq, 0U);
  EXPECT_TRUE(may_have_interrupts("net_made_up", "pci"));
  EXPECT_TRUE(may_have_interrupts("net_tap", "vdev"));
  EXPECT_FALSE(may_have_interrupts("net_pcap", "vdev"));
}

TEST(PortSetup, SingleQueueNeedsNoSpreading) {
  EXPECT_EQ(configuration_of({}, card()).rxmode.mq_mode, RTE_ETH_MQ_RX_NONE);
}

TEST(PortSetup, SeveralQueuesThatTheDeviceDoesNotFillByAddressAreRefused) {
  rte_eth_dev_info by_ports_alone = card();
  by_ports_alone.flow_type_rss_offloads = RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP;
  rte_eth_dev_info none = card();
  none.flow_type_rss_offloads = 0;
  for (const rte_eth_dev_info& info : {by_ports_alone, none}) {
    rte_eth_conf configuration{};
    const Status status = choose_configuration({.name = "tap3", .queues = 2}, info, configuration);
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("tap3"));
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("lcores.spreaders"));
    EXPECT_TRUE(choose_configuration({.queues = 2, .prespread = true}, info, configuration).ok());
    EXPECT_EQ(configuration.rxmode.mq_mode, RTE_ETH_MQ_RX_NONE);
  }
}

TEST(PortSetup, CaptureWithSeveralFilesIsSpreadByWhoeverCutIt) {
  rte_eth_dev_info info = card();
  info.driver_name = "net_pcap";
  info.flow_type_rss_offloads = 0;
  EXPECT_EQ(configuration_of({.queues = 2}, info).rxmode.mq_mode, RTE_ETH_MQ_RX_NONE);
}

TEST(PortSetup, CardThatDoesNotSayItsKeysLengthGetsTheUsualOne) {
  rte_eth_dev_info info = card();
  info.hash_key_size = 0;
  EXPECT_EQ(configuration_of({.queues = 2}, info).rx_adv_conf.rss_conf.rss_key_len, 40);
}

TEST(PortSetup, LongFramesAreTakenInSeveralBuffersAsFarAsTheDeviceGoes) {
  const rte_eth_conf jumbo = configuration_of({.frame_bytes_max = 9216, .mbuf_data_bytes = 2176}, card());
  EXPECT_NE(jumbo.rxmode.offloads & RTE_ETH_RX_OFFLOAD_SCATTER, 0U);
  EXPECT_EQ(frame_bytes_taken(jumbo), 9216U);
  const rte_eth_conf fitting = configuration_of({.frame_bytes_max = 1518, .mbuf_data_bytes = 2176}, card());
  EXPECT_EQ(fitting.rxmode.offloads & RTE_ETH_RX_OFFLOAD_SCATTER, 0U);
  EXPECT_EQ(frame_bytes_taken(fitting), 1518U);
  rte_eth_dev_info small = card();
  small.max_mtu = 3000;
  EXPECT_EQ(frame_bytes_taken(configuration_of({.frame_bytes_max = 9216}, small)), 3018U);
  EXPECT_EQ(frame_bytes_taken(configuration_of({.frame_bytes_max = 64}, card())), 86U) << "the least the device takes";
}

TEST(PortSetup, StampsAreAskedForWhereOfferedAndWanted) {
  EXPECT_NE(configuration_of({}, card()).rxmode.offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP, 0U);
  EXPECT_EQ(configuration_of({.card_stamps = false}, card()).rxmode.offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP, 0U);
  rte_eth_dev_info without = card();
  without.rx_offload_capa = RTE_ETH_RX_OFFLOAD_CHECKSUM;
  EXPECT_EQ(configuration_of({}, without).rxmode.offloads, 0U) << "and nothing else is";
}

// The queue that a card computes for a pair of addresses: Toeplitz over what it reads of the header, in this order.
uint32_t hash_of(std::vector<uint32_t> tuple) {
  return rte_softrss(tuple.data(), static_cast<uint32_t>(tuple.size()), symmetric_rss_key(52).data());
}

TEST(SymmetricKey, BothDirectionsHashAlikeAndFlowsDoNot) {
  std::mt19937 random(1);
  std::set<uint32_t> hashes;
  for (int i = 0; i < 1000; ++i) {
    const uint32_t a = static_cast<uint32_t>(random());
    const uint32_t b = static_cast<uint32_t>(random());
    EXPECT_EQ(hash_of({a, b}), hash_of({b, a}));
    hashes.insert(hash_of({a, b}) % 128);  // a redirection table has 128 entries and more
    std::vector<uint32_t> six(8);
    for (uint32_t& word : six) word = static_cast<uint32_t>(random());
    std::vector<uint32_t> back(six.begin() + 4, six.end());
    back.insert(back.end(), six.begin(), six.begin() + 4);
    EXPECT_EQ(hash_of(six), hash_of(back));
  }
  EXPECT_EQ(hashes.size(), 128U) << "every queue gets flows";
}

TEST(SymmetricKey, WhatADeviceSaysIsInForceIsBelieved) {
  std::vector<uint8_t> key(symmetric_rss_key(40).begin(), symmetric_rss_key(40).end());
  rte_eth_rss_conf in_force{};
  in_force.rss_key = key.data();
  in_force.rss_key_len = 40;
  in_force.rss_hf = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6;
  EXPECT_TRUE(spreads_symmetrically(in_force));
  in_force.rss_hf |= RTE_ETH_RSS_NONFRAG_IPV4_TCP;
  EXPECT_FALSE(spreads_symmetrically(in_force)) << "fragments would leave their flow";
  in_force.rss_hf = 0;
  EXPECT_FALSE(spreads_symmetrically(in_force)) << "nothing is spread";
  in_force.rss_hf = RTE_ETH_RSS_IPV4;
  key[17] ^= 1;
  EXPECT_FALSE(spreads_symmetrically(in_force)) << "another key";
}

}  // namespace
}  // namespace lictor
