// Ports on devices that DPDK makes itself. The capture of the replay is written here.
#include "dataplane/dpdk/port.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include <cstdio>

#include "dataplane/dpdk/eal.h"
#include "dataplane/dpdk/mbuf_pool.h"

namespace lictor {
namespace {

class PortTest : public testing::Test {
 protected:
  void SetUp() override { pool_ = *make_mbuf_pool(1023, 2176); }

  // A capture of one frame of `bytes` octets at 1700000000.123456 s.
  std::string write_capture(uint32_t bytes) {
    std::string path = testing::TempDir() + "lictor-port-" + std::to_string(getpid()) + ".pcap";
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

  rte_mbuf* receive_one(const Port& port) {
    rte_mbuf* buffer = nullptr;
    for (int i = 0; i < 1000 && buffer == nullptr; ++i) rte_eth_rx_burst(port.id(), 0, &buffer, 1);
    return buffer;
  }

  MbufPool pool_;
};

TEST_F(PortTest, CapturePortStampsInMicrosecondsSinceTheEpoch) {
  const std::string path = write_capture(60);
  const Result<std::unique_ptr<Port>> port =
      Port::open({.name = "tap0", .device = "net_pcap7,rx_pcap=" + path}, *pool_);
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
  const std::string path = write_capture(9000);
  const Result<std::unique_ptr<Port>> port =
      Port::open({.name = "tap0", .device = "net_pcap8,rx_pcap=" + path}, *pool_);
  ASSERT_TRUE(port.ok()) << port.status();
  rte_mbuf* const buffer = receive_one(**port);
  ASSERT_NE(buffer, nullptr);
  EXPECT_EQ(buffer->pkt_len, 9000U);
  EXPECT_GT(buffer->nb_segs, 1);
  rte_pktmbuf_free(buffer);
  std::remove(path.c_str());
}

TEST_F(PortTest, DeviceThatIsNotThereIsRefusedByName) {
  const Result<std::unique_ptr<Port>> port =
      Port::open({.name = "tap9", .device = "net_pcap9,rx_pcap=/nonexistent.pcap"}, *pool_);
  ASSERT_FALSE(port.ok());
  EXPECT_THAT(std::string(port.status().message()), testing::HasSubstr("tap9"));
}

TEST_F(PortTest, MoreQueuesThanTheDeviceHasAreRefused) {
  const std::string path = write_capture(60);
  const Result<std::unique_ptr<Port>> port =
      Port::open({.name = "tap0", .device = "net_pcap6,rx_pcap=" + path, .queues = 2}, *pool_);
  ASSERT_FALSE(port.ok());
  EXPECT_THAT(std::string(port.status().message()), testing::HasSubstr("queues"));
  std::remove(path.c_str());
}

TEST_F(PortTest, DeviceCanBeOpenedAgainAfterItsPortIsGone) {
  const std::string path = write_capture(60);
  for (int round = 0; round < 3; ++round) {
    const Result<std::unique_ptr<Port>> port =
        Port::open({.name = "tap0", .device = "net_pcap5,rx_pcap=" + path}, *pool_);
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
