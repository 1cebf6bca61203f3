// Buffers by NUMA node. The machine may have a single node: the others are then without memory, which is a case too.
#include "dataplane/dpdk/mbuf_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

namespace lictor {
namespace {

TEST(BufferPools, NodeHasOnePoolInItsOwnMemory) {
  BufferPools pools(511, 2176);
  const Result<rte_mempool*> first = pools.of_node(0);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ((*first)->socket_id, 0);
  EXPECT_EQ((*first)->size, 511U);
  EXPECT_EQ(rte_pktmbuf_data_room_size(*first), 2176);
  EXPECT_EQ(*pools.of_node(0), *first);
}

TEST(BufferPools, DeviceOnNoNodeTakesTheCallersPool) {
  BufferPools pools(511, 2176);
  const Result<rte_mempool*> own = pools.of_node(static_cast<int>(rte_socket_id()));
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(*pools.of_node(kAnyNode), *own);
}

TEST(BufferPools, NodeWithoutMemoryIsRefusedByItsNumber) {
  BufferPools pools(511, 2176);
  const Result<rte_mempool*> pool = pools.of_node(7);
  ASSERT_FALSE(pool.ok());
  EXPECT_THAT(std::string(pool.status().message()), testing::HasSubstr("NUMA node 7"));
  EXPECT_THAT(std::string(pool.status().message()), testing::HasSubstr("buffers.mbufs"));
}

}  // namespace
}  // namespace lictor
