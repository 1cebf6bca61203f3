// What a netlink socket holds: any octets. Nothing but whole messages becomes a policy.

#include <cstddef>
#include <cstdint>

#include "dataplane/base/check.h"
#include "encoders/handover/ipsec_policy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace lictor;
  std::vector<OutgoingPolicy> policies;
  const Result<bool> last = read_policies(Bytes(data, size), policies);
  LICTOR_CHECK(policies.size() <= size / 16);
  if (last.ok()) judge_policies(policies, {.peer_port = 7002}).IgnoreError();
  return 0;
}
