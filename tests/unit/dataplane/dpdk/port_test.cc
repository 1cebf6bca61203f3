// Ports on devices that DPDK makes itself. The capture of the replay is written here.
#include "dataplane/dpdk/port.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include <array>
#include <cstdio>

#include "dataplane/dpdk/eal.h"
#include "dataplane/dpdk/mbuf_pool.h"

namespace lictor {
namespace {

class PortTest : public testing::Test {
 protected:
  // A capture of one frame of `bytes` octets at 1700000000.123456 s.
  std::string write_capture(uint32_t bytes, const std::string& name = "") {
    std::string path = testing::TempDir() + "lictor-port-" + std::to_string(getpid()) + name + ".pcap";
    std::FILE* const file = std::fopen(path.c_str(), "wb");
    const uint32_t header[] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
    const uint32_t packet[] = {1700000000, 123456, bytes, bytes};
    const std::vector<uint8_t> frame(bytes, 0x5a);
    std::fwrite(header, sizeof(header), 1, file);
    std::fwrite(packet, sizeof(packet), 1, file);
    std::fwrite(frame.data(), frame.size(), 1, file);
    std::fclose(file);
    return path;
  }

  rte_mbuf* receive_one(const Port& port, uint16_t queue = 0) {
    rte_mbuf* buffer = nullptr;
    for (int i = 0; i < 1000 && buffer == nullptr; ++i) rte_eth_rx_burst(port.id(), queue, &buffer, 1);
    return buffer;
  }

  BufferPools pools_{1023, 2176};
};

TEST_F(PortTest, CapturePortStampsInMicrosecondsSinceTheEpoch) {
  const std::string path = write_capture(60);
  const Result<std::unique_ptr<Port>> port =
      Port::open({.name = "tap0", .device = "net_pcap7,rx_pcap=" + path}, pools_);
  ASSERT_TRUE(port.ok()) << port.status();
  EXPECT_TRUE((*port)->has_capture_stamps());
  EXPECT_TRUE((*port)->link_up());
  const Result<StampField> stamps = find_stamp_field();
  ASSERT_TRUE(stamps.ok());
  rte_mbuf* const buffer = receive_one(**port);
  ASSERT_NE(buffer, nullptr);
  EXPECT_NE(buffer->ol_flags & stamps->flag, 0U);
  EXPECT_EQ(*RTE_MBUF_DYNFIELD(buffer, stamps->offset, rte_mbuf_timestamp_t*), 1700000000123456U);
  rte_pktmbuf_free(buffer);
  std::remove(path.c_str());
}

TEST_F(PortTest, FrameLongerThanABufferArrivesInSegments) {
  for (const uint32_t bytes : {9000U, 9216U, 9728U}) {
    const std::string path = write_capture(bytes);
    const Result<std::unique_ptr<Port>> port =
        Port::open({.name = "tap0", .device = "net_pcap8,rx_pcap=" + path}, pools_);
    ASSERT_TRUE(port.ok()) << port.status();
    rte_mbuf* const buffer = receive_one(**port);
    ASSERT_NE(buffer, nullptr);
    EXPECT_EQ(buffer->pkt_len, bytes);
    EXPECT_GT(buffer->nb_segs, 1);
    rte_pktmbuf_free(buffer);
    std::remove(path.c_str());
  }
}

TEST_F(PortTest, LongestFrameIsTheDevicesOrTheConfigurations) {
  const Result<std::unique_ptr<Port>> port =
      Port::open({.name = "tap0", .device = "net_null8", .frame_bytes_max = 9216}, pools_);
  ASSERT_TRUE(port.ok()) << port.status();
  EXPECT_EQ((*port)->frame_bytes_max(), 9216U);
}

TEST_F(PortTest, DeviceWithoutAClockHasNoStampsAndNoErrorsThatItDoesNotCount) {
  const Result<std::unique_ptr<Port>> port = Port::open({.name = "tap0", .device = "net_null7"}, pools_);
  ASSERT_TRUE(port.ok()) << port.status();
  EXPECT_EQ((*port)->card_stamps(), nullptr);
  (*port)->discipline_stamps();
  EXPECT_EQ((*port)->card_stamps(), nullptr);
  EXPECT_EQ((*port)->frame_errors(), FrameErrorCounts{});
  EXPECT_EQ(find_device_clock((*port)->id()), DeviceClock::kNone);
  EXPECT_EQ(read_device_clock((*port)->id(), DeviceClock::kCounter), std::nullopt);
  EXPECT_EQ(read_device_clock((*port)->id(), DeviceClock::kPtp), std::nullopt);
}

TEST_F(PortTest, SeveralQueuesWithoutSpreadingAreRefusedUnlessSpreadBefore) {
  const std::string path = testing::TempDir() + "lictor-vhost-" + std::to_string(getpid());
  PortPlan plan{.name = "tap5", .device = "net_vhost6,queues=2,iface=" + path, .queues = 2};
  const Result<std::unique_ptr<Port>> refused = Port::open(plan, pools_);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(std::string(refused.status().message()), testing::HasSubstr("tap5"));
  EXPECT_THAT(std::string(refused.status().message()), testing::HasSubstr("queues"));
  plan.prespread = true;
  const Result<std::unique_ptr<Port>> port = Port::open(plan, pools_);
  EXPECT_TRUE(port.ok()) << port.status();
}

TEST_F(PortTest, MoreFramesCanWaitThanThereAreDescriptorsWhereTheKernelHoldsThem) {
  const Result<std::unique_ptr<Port>> port =
      Port::open({.name = "tap0", .device = "net_null8", .rx_descriptors = 64}, pools_);
  ASSERT_TRUE(port.ok()) << port.status();
  EXPECT_EQ((*port)->frames_waiting_max(), kUnknownQueueFramesMax);
}

TEST_F(PortTest, DeviceThatSpreadsIsGivenTheSymmetricKey) {
  const Result<std::unique_ptr<Port>> port = Port::open({.name = "tap0", .device = "net_null5", .queues = 2}, pools_);
  ASSERT_TRUE(port.ok()) << port.status();
  std::array<uint8_t, kRssKeyBytesMax> key{};
  rte_eth_rss_conf in_force{};
  in_force.rss_key = key.data();
  in_force.rss_key_len = 40;
  ASSERT_EQ(rte_eth_dev_rss_hash_conf_get((*port)->id(), &in_force), 0);
  EXPECT_TRUE(spreads_symmetrically(in_force));
}

TEST_F(PortTest, CaptureHasAFileForEachQueue) {
  const std::string first = write_capture(60, "-first");
  const std::string second = write_capture(70, "-second");
  const Result<std::unique_ptr<Port>> port =
      Port::open({.name = "tap0", .device = "net_pcap4,rx_pcap=" + first + ",rx_pcap=" + second, .queues = 2}, pools_);
  ASSERT_TRUE(port.ok()) << port.status();
  for (const uint16_t queue : {uint16_t{0}, uint16_t{1}}) {
    rte_mbuf* const buffer = receive_one(**port, queue);
    ASSERT_NE(buffer, nullptr);
    EXPECT_EQ(buffer->pkt_len, queue == 0 ? 60U : 70U);
    rte_pktmbuf_free(buffer);
  }
  std::remove(first.c_str());
  std::remove(second.c_str());
}

TEST_F(PortTest, DeviceThatIsNotThereIsRefusedByName) {
  const Result<std::unique_ptr<Port>> port =
      Port::open({.name = "tap9", .device = "net_pcap9,rx_pcap=/nonexistent.pcap"}, pools_);
  ASSERT_FALSE(port.ok());
  EXPECT_THAT(std::string(port.status().message()), testing::HasSubstr("tap9"));
}

TEST_F(PortTest, MoreQueuesThanTheDeviceHasAreRefused) {
  const std::string path = write_capture(60);
  const Result<std::unique_ptr<Port>> port =
      Port::open({.name = "tap0", .device = "net_pcap6,rx_pcap=" + path, .queues = 2}, pools_);
  ASSERT_FALSE(port.ok());
  EXPECT_THAT(std::string(port.status().message()), testing::HasSubstr("queues"));
  std::remove(path.c_str());
}

TEST_F(PortTest, DeviceCanBeOpenedAgainAfterItsPortIsGone) {
  const std::string path = write_capture(60);
  for (int round = 0; round < 3; ++round) {
    const Result<std::unique_ptr<Port>> port =
        Port::open({.name = "tap0", .device = "net_pcap5,rx_pcap=" + path}, pools_);
    ASSERT_TRUE(port.ok()) << port.status();
  }
  std::remove(path.c_str());
}

TEST(Eal, OnlyTheOtherLcoresAreWorkers) {
  EXPECT_FALSE(Eal::is_worker(0));
  EXPECT_TRUE(Eal::is_worker(1));
  EXPECT_FALSE(Eal::is_worker(2));
  EXPECT_FALSE(Eal::is_worker(100'000));
}

TEST(Eal, LcoreRunsWhatItIsGivenAndIsFreeAgainAfterwards) {
  for (int round = 0; round < 3; ++round) {
    int ran = 0;
    {
      const Result<std::unique_ptr<LcoreThread>> thread = LcoreThread::launch(1, [&ran] { ++ran; });
      ASSERT_TRUE(thread.ok()) << thread.status();
    }
    EXPECT_EQ(ran, 1);
  }
}

}  // namespace
}  // namespace lictor
