#include "dataplane/agent/transport_rules.h"

#include <fmt/format.h>

#include "encoders/handover/tcp_plan.h"

namespace lictor {
namespace {

struct Bounded {
  const char* field;
  uint32_t value;
  uint32_t min;
  uint32_t max;
};

Status refused(std::string_view field, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("mediation.profile.{}: {}", field, why));
}

void take(uint32_t given, uint32_t& value) { value = given == 0 ? value : given; }

}  // namespace

Status read_transport(const v1::DeliveryProfile& profile, MediationDirective& mediation) {
  const v1::TransportProfile& from = profile.transport();
  TcpPlan& tcp = mediation.tcp;
  take(from.keepalive_idle_s(), tcp.keepalive_idle_s);
  take(from.keepalive_interval_s(), tcp.keepalive_interval_s);
  take(from.keepalive_probes(), tcp.keepalive_probes);
  for (const Bounded& one : {Bounded{"keepalive_idle_s", tcp.keepalive_idle_s, 1, 7200},
                             Bounded{"keepalive_interval_s", tcp.keepalive_interval_s, 1, 7200},
                             Bounded{"keepalive_probes", tcp.keepalive_probes, 1, 100},
                             Bounded{"send_buffer_kib", from.send_buffer_kib(), 16, 262'144},
                             Bounded{"receive_buffer_kib", from.receive_buffer_kib(), 16, 262'144}}) {
    if (one.value == 0 || (one.value >= one.min && one.value <= one.max)) continue;  // 0: the kernel's own
    return refused(fmt::format("transport.{}", one.field), fmt::format("must be {} to {}", one.min, one.max));
  }
  tcp.send_buffer_bytes = from.send_buffer_kib() << 10;
  tcp.receive_buffer_bytes = from.receive_buffer_kib() << 10;
  if (!from.source_address().empty()) {
    if (!source_address(from.source_address()).ok()) return refused("transport.source_address", "is no IP address");
    tcp.source_address = from.source_address();
  }
  const v1::KeepaliveStyle& style = profile.keepalive_style();
  if (style.liid().size() > 25) return refused("keepalive_style.liid", "must have 1 to 25 octets");
  if (!style.liid().empty()) mediation.keepalive_liid = style.liid();
  mediation.keepalive_countries = style.countries();
  return absl::OkStatus();
}

}  // namespace lictor
