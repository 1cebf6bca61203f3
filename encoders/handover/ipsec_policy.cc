#include "encoders/handover/ipsec_policy.h"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace lictor {
namespace {

constexpr size_t kDatagramBytesMax = size_t{64} << 10;
constexpr size_t kPoliciesMax = 65'536;
constexpr int kErrnoMax = 4095;

Status failed(const char* what) {
  return absl::FailedPreconditionError(fmt::format("IPsec cannot be verified: {}: {}", what, std::strerror(errno)));
}

// A structure of the kernel's at the start of `octets`; they are in the machine's own order.
template <typename T>
bool copy_out(Bytes octets, T& value) {
  if (octets.size() < sizeof value) return false;
  std::memcpy(&value, octets.data(), sizeof value);
  return true;
}

std::array<uint8_t, 16> octets_of(const xfrm_address_t& address) {
  std::array<uint8_t, 16> octets{};
  std::memcpy(octets.data(), &address, sizeof address);
  return octets;
}

bool demands_esp(Bytes templates) {
  for (xfrm_user_tmpl one{}; copy_out(templates, one); templates = templates.subspan(sizeof one)) {
    if (one.id.proto == IPPROTO_ESP && one.optional == 0) return true;
  }
  return false;
}

void read_attributes(Bytes octets, OutgoingPolicy& policy) {
  nlattr header{};
  while (copy_out(octets, header) && header.nla_len >= NLA_HDRLEN && header.nla_len <= octets.size()) {
    const Bytes value = octets.subspan(NLA_HDRLEN, header.nla_len - NLA_HDRLEN);
    xfrm_mark mark{};
    uint32_t interface = 0;
    switch (header.nla_type & NLA_TYPE_MASK) {
      case XFRMA_TMPL:
        policy.demands_esp = demands_esp(value);
        break;
      case XFRMA_MARK:
        if (copy_out(value, mark) && mark.v != 0) policy.applies = false;
        break;
      case XFRMA_IF_ID:
        if (copy_out(value, interface) && interface != 0) policy.applies = false;
        break;
      default:
        break;
    }
    octets = octets.subspan(std::min<size_t>(NLA_ALIGN(header.nla_len), octets.size()));
  }
}

// False where the octets are too few.
bool read_policy(Bytes octets, std::vector<OutgoingPolicy>& policies) {
  xfrm_userpolicy_info info{};
  if (!copy_out(octets, info)) return false;
  if (info.dir != XFRM_POLICY_OUT) return true;
  OutgoingPolicy policy{.ipv6 = info.sel.family == AF_INET6,
                        .source = octets_of(info.sel.saddr),
                        .peer = octets_of(info.sel.daddr),
                        .source_bits = info.sel.prefixlen_s,
                        .peer_bits = info.sel.prefixlen_d,
                        .peer_port = ntohs(info.sel.dport),
                        .peer_port_mask = ntohs(info.sel.dport_mask),
                        .protocol = info.sel.proto,
                        .narrower = info.sel.sport_mask != 0 || info.sel.ifindex != 0,
                        .priority = info.priority,
                        .allows = info.action == XFRM_POLICY_ALLOW};
  read_attributes(octets.subspan(std::min<size_t>(NLMSG_ALIGN(sizeof info), octets.size())), policy);
  policies.push_back(policy);
  return true;
}

bool in_prefix(const std::array<uint8_t, 16>& address, const std::array<uint8_t, 16>& prefix, uint8_t bits) {
  const size_t whole = std::min<size_t>(bits / 8, address.size());
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole), prefix.begin())) return false;
  if (bits % 8 == 0 || whole == address.size()) return true;
  const auto mask = static_cast<uint8_t>(0xff00U >> (bits % 8));
  return ((address[whole] ^ prefix[whole]) & mask) == 0;
}

bool concerns(const OutgoingPolicy& policy, const PolicyQuestion& question) {
  return policy.applies && policy.ipv6 == question.ipv6 && in_prefix(question.peer, policy.peer, policy.peer_bits) &&
         in_prefix(question.source, policy.source, policy.source_bits) &&
         (policy.protocol == 0 || policy.protocol == IPPROTO_TCP) &&
         ((question.peer_port ^ policy.peer_port) & policy.peer_port_mask) == 0;
}

class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  ~Descriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

// The whole dump, or why there is none.
Result<std::vector<OutgoingPolicy>> ask_kernel() {
  const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM));
  if (socket.get() < 0) return failed("netlink");
  // The kernel answers at once; the bound is for a kernel that does not.
  const timeval patience{.tv_sec = 1, .tv_usec = 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  nlmsghdr question{};
  question.nlmsg_len = sizeof question;
  question.nlmsg_type = XFRM_MSG_GETPOLICY;
  question.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  if (::send(socket.get(), &question, sizeof question, 0) != static_cast<ssize_t>(sizeof question))
    return failed("asking");
  std::vector<OutgoingPolicy> policies;
  std::vector<uint8_t> datagram(kDatagramBytesMax);
  while (policies.size() <= kPoliciesMax) {
    const ssize_t received = recv(socket.get(), datagram.data(), datagram.size(), 0);
    if (received < 0) return failed("the kernel's policies");
    const Result<bool> last = read_policies(Bytes(datagram).first(static_cast<size_t>(received)), policies);
    if (!last.ok()) return last.status();
    if (*last) return policies;
  }
  return absl::FailedPreconditionError("IPsec cannot be verified: the kernel has too many policies");
}

// What address the kernel would send from: a datagram socket finds out without a packet.
Result<SocketAddress> source_towards(const SocketAddress& peer) {
  const Descriptor socket(::socket(peer.storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  SocketAddress source;
  source.length = sizeof source.storage;
  if (socket.get() < 0 || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&peer.storage), peer.length) != 0 ||
      getsockname(socket.get(), reinterpret_cast<sockaddr*>(&source.storage), &source.length) != 0) {
    return failed("no source address");
  }
  return source;
}

void put_address(const SocketAddress& from, std::array<uint8_t, 16>& to, uint16_t& port) {
  if (from.storage.ss_family == AF_INET6) {
    const auto& own = reinterpret_cast<const sockaddr_in6&>(from.storage);
    std::memcpy(to.data(), &own.sin6_addr, 16);
    port = ntohs(own.sin6_port);
  } else {
    const auto& own = reinterpret_cast<const sockaddr_in&>(from.storage);
    std::memcpy(to.data(), &own.sin_addr, 4);
    port = ntohs(own.sin_port);
  }
}

}  // namespace

Result<bool> read_policies(Bytes datagram, std::vector<OutgoingPolicy>& policies) {
  const Status malformed =
      absl::InvalidArgumentError("IPsec cannot be verified: the kernel's answer is not understood");
  for (nlmsghdr header{}; copy_out(datagram, header);) {
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) return malformed;
    const Bytes body = datagram.subspan(sizeof header, header.nlmsg_len - sizeof header);
    nlmsgerr error{};
    if (header.nlmsg_type == NLMSG_DONE) return true;
    if (header.nlmsg_type == NLMSG_ERROR) {
      if (!copy_out(body, error) || error.error >= 0 || error.error < -kErrnoMax) return malformed;
      return absl::FailedPreconditionError(
          fmt::format("IPsec cannot be verified: the kernel's policies: {}", std::strerror(-error.error)));
    }
    if (header.nlmsg_type == XFRM_MSG_NEWPOLICY && !read_policy(body, policies)) return malformed;
    datagram = datagram.subspan(std::min<size_t>(NLMSG_ALIGN(header.nlmsg_len), datagram.size()));
  }
  return datagram.empty() ? Result<bool>(false) : Result<bool>(malformed);
}

// The first that concerns the whole connection decides; one that concerns a part of it must not let that part out.
Status judge_policies(std::vector<OutgoingPolicy> policies, const PolicyQuestion& question) {
  std::ranges::stable_sort(policies, {}, &OutgoingPolicy::priority);
  for (const OutgoingPolicy& policy : policies) {
    if (!concerns(policy, question)) continue;
    if (!policy.allows) return absl::FailedPreconditionError("the kernel's IPsec policy blocks the peer");
    if (!policy.demands_esp)
      return absl::FailedPreconditionError("the kernel's IPsec policy lets the peer's packets out without ESP");
    if (!policy.narrower) return absl::OkStatus();
  }
  return absl::FailedPreconditionError("no IPsec policy of the kernel covers the peer");
}

Status check_ipsec(const SocketAddress& peer, const SocketAddress* source) {
  Result<SocketAddress> own = source != nullptr ? Result<SocketAddress>(*source) : source_towards(peer);
  if (!own.ok()) return own.status();
  PolicyQuestion question{.ipv6 = peer.storage.ss_family == AF_INET6};
  uint16_t own_port = 0;
  put_address(*own, question.source, own_port);
  put_address(peer, question.peer, question.peer_port);
  Result<std::vector<OutgoingPolicy>> policies = ask_kernel();
  if (!policies.ok()) return policies.status();
  return judge_policies(*std::move(policies), question);
}

}  // namespace lictor
