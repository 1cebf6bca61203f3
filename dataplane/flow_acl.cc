// For rte_vect_get_max_simd_bitwidth, which 22.11 has not promised to keep.
#define ALLOW_EXPERIMENTAL_API

#include "dataplane/flow_acl.h"

#include <fmt/format.h>
#include <rte_acl.h>
#include <rte_byteorder.h>
#include <rte_cpuflags.h>
#include <rte_errno.h>
#include <rte_memory.h>
#include <rte_vect.h>

#include <atomic>
#include <cerrno>

#include "dataplane/base/check.h"

namespace lictor {
namespace {

// What rte_acl reads of a packet, in network order: one octet, then words of four.
template <size_t AddressBytes>
struct AclInput {
  uint8_t protocol;
  std::array<uint8_t, 3> zero;
  std::array<uint32_t, AddressBytes / 4> target;
  std::array<uint32_t, AddressBytes / 4> remote;
  uint16_t target_port;
  uint16_t remote_port;
};
static_assert(sizeof(AclInput<4>) == 16 && sizeof(AclInput<16>) == 40);

template <typename Key>
constexpr size_t kWords = Key::kBits / 32;
template <typename Key>
using AclInputOf = AclInput<Key::kBits / 8>;

// A word a field: protocol, target, remote, and two ports that share one.
template <typename Key>
constexpr uint32_t kFields = 3 + 2 * kWords<Key>;

std::array<uint32_t, 1> words_of(Ipv4Key key) { return {key.value}; }
std::array<uint32_t, 4> words_of(Ipv6Key key) {
  return {static_cast<uint32_t>(key.high >> 32), static_cast<uint32_t>(key.high), static_cast<uint32_t>(key.low >> 32),
          static_cast<uint32_t>(key.low)};
}

template <typename Key>
rte_acl_config make_config(size_t bytes_max) {
  using Input = AclInputOf<Key>;
  rte_acl_config config{};
  config.num_categories = 1;
  config.num_fields = kFields<Key>;
  config.max_size = bytes_max;
  uint8_t field = 0;
  const auto define = [&](int type, size_t size, size_t input, size_t offset) {
    config.defs[field] = {.type = static_cast<uint8_t>(type),
                          .size = static_cast<uint8_t>(size),
                          .field_index = field,
                          .input_index = static_cast<uint8_t>(input),
                          .offset = static_cast<uint32_t>(offset)};
    ++field;
  };
  define(RTE_ACL_FIELD_TYPE_BITMASK, 1, 0, offsetof(Input, protocol));
  for (size_t i = 0; i < 2 * kWords<Key>; ++i) {
    define(RTE_ACL_FIELD_TYPE_MASK, 4, i + 1, offsetof(Input, target) + i * 4);
  }
  define(RTE_ACL_FIELD_TYPE_RANGE, 2, 2 * kWords<Key> + 1, offsetof(Input, target_port));
  define(RTE_ACL_FIELD_TYPE_RANGE, 2, 2 * kWords<Key> + 1, offsetof(Input, remote_port));
  return config;
}

// rte_acl_rule with its fields, laid out as RTE_ACL_RULE_DEF does.
template <typename Key>
struct AclRule {
  rte_acl_rule_data data;
  std::array<rte_acl_field, kFields<Key>> field;
};
static_assert(sizeof(AclRule<Ipv4Key>) == RTE_ACL_RULE_SZ(kFields<Ipv4Key>));

template <typename Key>
void set_address(rte_acl_field* fields, Key address, uint8_t bits) {
  const auto words = words_of(address);
  for (size_t i = 0; i < words.size(); ++i) {
    fields[i].value.u32 = words[i];
    fields[i].mask_range.u32 = static_cast<uint32_t>(std::clamp<int>(bits - static_cast<int>(32 * i), 0, 32));
  }
}

template <typename Key>
AclRule<Key> make_rule(const FlowTuple<Key>& tuple, uint32_t index, size_t priority) {
  AclRule<Key> rule{};
  rule.data = {.category_mask = 1, .priority = static_cast<int32_t>(priority), .userdata = index + 1};
  rule.field[0].value.u8 = tuple.protocol;
  rule.field[0].mask_range.u8 = tuple.protocol == 0 ? 0 : UINT8_MAX;
  set_address(&rule.field[1], tuple.target, tuple.target_bits);
  set_address(&rule.field[1 + kWords<Key>], tuple.remote, tuple.remote_bits);
  rte_acl_field* const ports = &rule.field[1 + 2 * kWords<Key>];
  ports[0].value.u16 = tuple.target_ports.first;
  ports[0].mask_range.u16 = tuple.target_ports.last;
  ports[1].value.u16 = tuple.remote_ports.first;
  ports[1].mask_range.u16 = tuple.remote_ports.last;
  return rule;
}

// rte_acl_create would return another context of the same name.
rte_acl_ctx* create_context(uint32_t rule_bytes, size_t rules) {
  static std::atomic<uint64_t> made{0};
  const std::string name = fmt::format("flows_{}", made.fetch_add(1));
  const rte_acl_param parameters{.name = name.c_str(),
                                 .socket_id = SOCKET_ID_ANY,
                                 .rule_size = rule_bytes,
                                 .max_rule_num = static_cast<uint32_t>(rules)};
  return rte_acl_create(&parameters);
}

Status why_not_built(int error, size_t bytes_max) {
  if (error == -ERANGE) {
    return absl::ResourceExhaustedError(
        fmt::format("limits.flow_acl_bytes_max: the flows together need more than {} octets", bytes_max));
  }
  return absl::ResourceExhaustedError(fmt::format("flows: rte_acl: {}", rte_strerror(-error)));
}

enum rte_acl_classify_alg algorithm_of(FlowMethod method) {
  switch (method) {
    case FlowMethod::kSse:
      return RTE_ACL_CLASSIFY_SSE;
    case FlowMethod::kAvx2:
      return RTE_ACL_CLASSIFY_AVX2;
    case FlowMethod::kAvx512x16:
      return RTE_ACL_CLASSIFY_AVX512X16;
    case FlowMethod::kAvx512x32:
      return RTE_ACL_CLASSIFY_AVX512X32;
    default:
      return RTE_ACL_CLASSIFY_SCALAR;
  }
}

}  // namespace

bool can_run(FlowMethod method) {
  const auto has = [](rte_cpu_flag_t flag) { return rte_cpu_get_flag_enabled(flag) > 0; };
  // EAL's default is 256, so more than that was never asked for: only a lower limit says that somebody minds.
  const bool wide = rte_vect_get_max_simd_bitwidth() >= RTE_VECT_SIMD_256;
  switch (method) {
    case FlowMethod::kWalk:
    case FlowMethod::kScalar:
      return true;
    case FlowMethod::kSse:
      return has(RTE_CPUFLAG_SSE4_1);
    case FlowMethod::kAvx2:
      return wide && has(RTE_CPUFLAG_AVX2);
    case FlowMethod::kAvx512x16:
    case FlowMethod::kAvx512x32:
      return wide && has(RTE_CPUFLAG_AVX512F) && has(RTE_CPUFLAG_AVX512VL) && has(RTE_CPUFLAG_AVX512CD) &&
             has(RTE_CPUFLAG_AVX512BW);
    case FlowMethod::kCount:
      break;
  }
  return false;
}

template <typename Key>
Result<std::unique_ptr<const FlowAcl<Key>>> FlowAcl<Key>::build(const std::vector<FlowTuple<Key>>& tuples,
                                                                std::span<const uint32_t> order, size_t bytes_max) {
  LICTOR_CHECK(!order.empty() && order.size() < RTE_ACL_MAX_PRIORITY);
  std::vector<AclRule<Key>> rules;
  rules.reserve(order.size());
  for (size_t i = 0; i < order.size(); ++i) rules.push_back(make_rule(tuples[order[i]], order[i], order.size() - i));
  Context context(create_context(sizeof(AclRule<Key>), rules.size()));
  if (context == nullptr) return why_not_built(-rte_errno, bytes_max);
  const rte_acl_config config = make_config<Key>(bytes_max);
  int error = rte_acl_add_rules(context.get(), reinterpret_cast<const rte_acl_rule*>(rules.data()),
                                static_cast<uint32_t>(rules.size()));
  if (error == 0) error = rte_acl_build(context.get(), &config);
  if (error != 0) return why_not_built(error, bytes_max);
  return std::unique_ptr<const FlowAcl>(new FlowAcl(std::move(context)));
}

template <typename Key>
void FlowAcl<Key>::Free::operator()(rte_acl_ctx* context) const noexcept {
  rte_acl_free(context);
}

template <typename Key>
void FlowAcl<Key>::find(FlowMethod method, std::span<const FlowKey<Key>* const> keys, uint32_t* tuples) const noexcept {
  std::array<AclInputOf<Key>, kKeysMax> inputs;
  std::array<const uint8_t*, kKeysMax> pointers;
  for (size_t i = 0; i < keys.size(); ++i) {
    const FlowKey<Key>& key = *keys[i];
    AclInputOf<Key>& input = inputs[i];
    const auto target = words_of(key.target);
    const auto remote = words_of(key.remote);
    input.protocol = key.protocol;
    input.zero = {};
    for (size_t word = 0; word < target.size(); ++word) {
      input.target[word] = rte_cpu_to_be_32(target[word]);
      input.remote[word] = rte_cpu_to_be_32(remote[word]);
    }
    input.target_port = rte_cpu_to_be_16(key.target_port);
    input.remote_port = rte_cpu_to_be_16(key.remote_port);
    pointers[i] = reinterpret_cast<const uint8_t*>(&input);
  }
  rte_acl_classify_alg(context_.get(), pointers.data(), tuples, static_cast<uint32_t>(keys.size()), 1,
                       algorithm_of(method));
  for (size_t i = 0; i < keys.size(); ++i) --tuples[i];  // 0 is rte_acl's word for none
}

template class FlowAcl<Ipv4Key>;
template class FlowAcl<Ipv6Key>;

}  // namespace lictor
