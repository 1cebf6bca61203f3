// Starts EAL once for all tests of this program, before the first of them.
#include <gtest/gtest.h>

#include "dataplane/dpdk/eal.h"

namespace lictor {
namespace {

class EalEnvironment final : public testing::Environment {
 public:
  void SetUp() override {
    Result<std::unique_ptr<Eal>> eal = Eal::start({"--no-pci", "--no-huge", "--no-shconf", "--no-telemetry", "-m",
                                                   "256", "--lcores", "(0-1)@0", "--log-level", "lib.eal:error"});
    ASSERT_TRUE(eal.ok()) << eal.status();
    eal_ = *std::move(eal);
  }
  void TearDown() override { eal_.reset(); }

 private:
  std::unique_ptr<Eal> eal_;
};

const testing::Environment* const kEnvironment = testing::AddGlobalTestEnvironment(new EalEnvironment());

}  // namespace
}  // namespace lictor
