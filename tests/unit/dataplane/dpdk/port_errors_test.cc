// Names of extended statistics as drivers spell them, sorted into what an operator can act upon.
#include "dataplane/dpdk/port_errors.h"

#include <gtest/gtest.h>

namespace lictor {
namespace {

TEST(PortErrors, DamagedFramesAreFoundUnderTheNamesOfManyDrivers) {
  for (const char* name : {"rx_crc_errors", "rx_fcs_err_frames", "rx_phy_crc_errors", "rx_align_errors",
                           "rx_phy_symbol_errors", "rx_illegal_symbol_errors"}) {
    EXPECT_EQ(frame_error_of(name), FrameError::kChecksum) << name;
  }
  for (const char* name : {"rx_undersize_errors", "rx_undersized_errors", "rx_undrsz_frames", "rx_fragmented_errors",
                           "rx_fragment_errors", "rx_runt_frames"}) {
    EXPECT_EQ(frame_error_of(name), FrameError::kTooShort) << name;
  }
  for (const char* name : {"rx_oversize_errors", "rx_oversized_errors", "rx_ovrsz_frames", "rx_jabber_errors",
                           "rx_jbr_frames", "rx_frame_too_long"}) {
    EXPECT_EQ(frame_error_of(name), FrameError::kTooLong) << name;
  }
}

TEST(PortErrors, OtherStatisticsAreNone) {
  for (const char* name :
       {"rx_good_packets", "rx_missed_errors", "rx_mbuf_allocation_errors", "tx_fragments", "tx_crc_errors",
        "rx_q0_errors", "rx_q3_crc_errors", "rx_l3_l4_xsum_error", "rx_ipv4_fragments", "rx_tcp_csum_errors",
        "rx_size_65_to_127_packets", "mac_local_errors", "", "rx_"}) {
    EXPECT_EQ(frame_error_of(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace lictor
