// Interfaces of the kernel behind ports: whose they are, and whether anything can arrive.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <vector>

#include "tests/unit/dataplane/dpdk/tap_port.h"

namespace lictor {
namespace {

using testing::HasSubstr;

// Interfaces that nobody else sees: another run of these tests on the host claims its own `lo`.
class InterfaceClaimTest : public testing::Test {
 protected:
  void SetUp() override {
    if (host_ < 0 || unshare(CLONE_NEWNET) != 0) GTEST_SKIP() << "needs SYS_ADMIN";
    is_away_ = true;
  }
  void TearDown() override {
    if (is_away_) {
      EXPECT_EQ(setns(host_, CLONE_NEWNET), 0);
    }
  }
  ~InterfaceClaimTest() override {
    if (host_ >= 0) close(host_);
  }

 private:
  const int host_ = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  bool is_away_ = false;
};

// Whether `holds` does in another process.
bool holds_elsewhere(const std::function<bool()>& holds) {
  const pid_t child = fork();
  if (child == 0) _exit(holds() ? 0 : 1);
  int status = 1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool is_free() { return InterfaceClaim::make("lo").ok(); }

bool is_refused_naming(pid_t holder) {
  const Status status = InterfaceClaim::make("lo").status();
  const std::string named = "process " + std::to_string(holder);
  return absl::IsFailedPrecondition(status) && status.message().find(named) != std::string_view::npos;
}

TEST_F(InterfaceClaimTest, KeepsOtherProcessesAwayUntilItIsGone) {
  {
    const Result<InterfaceClaim> claim = InterfaceClaim::make("lo");
    ASSERT_TRUE(claim.ok()) << claim.status();
    EXPECT_TRUE(holds_elsewhere([holder = getpid()] { return is_refused_naming(holder); }));
    EXPECT_TRUE(is_free()) << "for this process";
    EXPECT_FALSE(holds_elsewhere(is_free)) << "and the second claim was not the one that counts";
  }
  EXPECT_TRUE(holds_elsewhere(is_free));
}

TEST_F(InterfaceClaimTest, NamesItsProcessToEverybodyWhoAsks) {
  const Result<InterfaceClaim> claim = InterfaceClaim::make("lo");
  ASSERT_TRUE(claim.ok()) << claim.status();
  for (int asker = 0; asker < 5; ++asker)
    EXPECT_TRUE(holds_elsewhere([holder = getpid()] { return is_refused_naming(holder); })) << asker;
}

TEST_F(InterfaceClaimTest, HasRoomForEveryPortOfItsProcess) {
  std::vector<InterfaceClaim> claims;
  for (int port = 0; port < 4; ++port) {
    Result<InterfaceClaim> claim = InterfaceClaim::make("lo");
    ASSERT_TRUE(claim.ok()) << port << ": " << claim.status();
    claims.push_back(*std::move(claim));
  }
}

TEST_F(InterfaceClaimTest, HoldsUntilTheLastOfItsProcessIsGone) {
  std::optional<InterfaceClaim> first(*InterfaceClaim::make("lo"));
  std::optional<InterfaceClaim> second(*InterfaceClaim::make("lo"));
  first.reset();
  EXPECT_FALSE(holds_elsewhere(is_free));
  second.reset();
  EXPECT_TRUE(holds_elsewhere(is_free));
}

TEST_F(InterfaceClaimTest, EndsWithItsProcess) {
  EXPECT_TRUE(holds_elsewhere([] { return InterfaceClaim::make("lo").ok(); }));
  EXPECT_TRUE(is_free());
}

TEST_F(InterfaceClaimTest, IsOfItsNetworkNamespaceAlone) {
  const Result<InterfaceClaim> claim = InterfaceClaim::make("lo");
  ASSERT_TRUE(claim.ok()) << claim.status();
  EXPECT_TRUE(holds_elsewhere([] { return unshare(CLONE_NEWNET) == 0 && is_free(); }));
}

TEST(InterfaceClaim, OfWhatIsNotThereIsRefusedByName) {
  const Status status = InterfaceClaim::make("nosuch0").status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("nosuch0"));
}

TEST_F(InterfaceClaimTest, OfAnotherProcessRefusesThePortBeforeItIsOpened) {
  const Result<InterfaceClaim> claim = InterfaceClaim::make("lo");
  ASSERT_TRUE(claim.ok()) << claim.status();
  EXPECT_TRUE(holds_elsewhere([] {
    BufferPools pools(1023, 2176);
    const Status status = Port::open({.name = "tap0", .device = "net_af_xdp0,iface=lo"}, pools).status();
    return absl::IsFailedPrecondition(status) && status.message().find("tap0") != std::string_view::npos;
  }));
}

TEST(KernelInterface, IsWhatTheDeviceNames) {
  EXPECT_EQ(kernel_interface_of("net_af_xdp", "net_af_xdp0,iface=veth0"), "veth0");
  EXPECT_EQ(kernel_interface_of("net_af_xdp", "net_af_xdp0,queue_count=2,iface=veth0,start_queue=1"), "veth0");
  EXPECT_EQ(kernel_interface_of("net_pcap", "net_pcap0,rx_iface=veth0"), "veth0");
  EXPECT_EQ(kernel_interface_of("net_pcap", "net_pcap0,rx_iface_in=veth0,tx_iface=veth1"), "veth0");
  EXPECT_EQ(kernel_interface_of("net_pcap", "net_pcap0,rx_pcap=iface"), "");
  EXPECT_EQ(kernel_interface_of("net_vhost", "net_vhost0,iface=/tmp/socket"), "") << "a file";
  EXPECT_EQ(kernel_interface_of("net_tap", "net_tap0"), "");
  EXPECT_EQ(kernel_interface_of("net_tap", "net_tap0,iface"), "");
}

TEST(KernelLink, IsDownWithItsInterfaceAndWhenThatIsGone) {
  BufferPools pools(1023, 2176);
  std::unique_ptr<TapPort> tap = TapPort::open(pools);
  if (tap == nullptr) GTEST_SKIP() << "needs /dev/net/tun and NET_ADMIN";
  const Result<KernelLink> link = KernelLink::open(tap->interface());
  ASSERT_TRUE(link.ok()) << link.status();
  EXPECT_TRUE(link->is_up());
  EXPECT_TRUE(tap->port().link_up());
  tap->switch_on(false);
  EXPECT_FALSE(link->is_up());
  EXPECT_FALSE(tap->port().link_up());
  tap->switch_on(true);
  EXPECT_TRUE(link->is_up());
  EXPECT_TRUE(tap->port().link_up());
  tap.reset();
  EXPECT_FALSE(link->is_up());
}

}  // namespace
}  // namespace lictor
