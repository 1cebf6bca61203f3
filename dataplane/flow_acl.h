// Owner of one rte_acl context: the five-tuples of one address family in target-side/remote-side form. A packet is
// looked up twice, each of its sides in turn taken for the target's: source and destination rules in one context would
// multiply each other. Built on a helper thread, then
// immutable: any number of rx lcores may read.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/result.h"
#include "dataplane/flow_tuple.h"

struct rte_acl_ctx;

namespace lictor {

// How the rules of crowded prefixes are found. Which is the fastest is timed for each table.
enum class FlowMethod : uint8_t { kWalk, kScalar, kSse, kAvx2, kAvx512x16, kAvx512x32, kCount };

constexpr size_t kFlowMethods = static_cast<size_t>(FlowMethod::kCount);

// As statistics spell them.
constexpr std::array<const char*, kFlowMethods> kFlowMethodNames = {"walk",     "acl_scalar",    "acl_sse",
                                                                    "acl_avx2", "acl_avx512x16", "acl_avx512x32"};

// Whether this processor can, and EAL's limit on vector widths lets it.
bool can_run(FlowMethod method);

// Instantiated for Ipv4Key and Ipv6Key.
template <typename Key>
class FlowAcl {
 public:
  static constexpr size_t kKeysMax = 64;  // of one lookup: two full rounds of the widest method
  static constexpr uint32_t kNone = UINT32_MAX;

  // Of those `tuples` whose indices are in `order`. ResourceExhausted where it would take more than `bytes_max`, or
  // there is no memory. Takes seconds and a gigabyte for some thousand tuples that overlap badly, and cannot be
  // stopped.
  static Result<std::unique_ptr<const FlowAcl>> build(const std::vector<FlowTuple<Key>>& tuples,
                                                      std::span<const uint32_t> order, size_t bytes_max);

  // For each of at most kKeysMax keys, of the tuples that hold the one that is first in the order, or kNone. Ports that
  // are not known are taken for 0, so who asks must look again. Not by kWalk.
  void find(FlowMethod method, std::span<const FlowKey<Key>* const> keys, uint32_t* tuples) const noexcept;

 private:
  struct Free {
    void operator()(rte_acl_ctx* context) const noexcept;
  };
  using Context = std::unique_ptr<rte_acl_ctx, Free>;

  explicit FlowAcl(Context context) : context_(std::move(context)) {}

  const Context context_;
};

}  // namespace lictor
