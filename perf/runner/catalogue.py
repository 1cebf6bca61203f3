"""Every figure: its key, its limit, who measures it. A figure is a dict: value, low, high, unit, details, samples, …"""

from dataclasses import dataclass
from typing import Optional

AT_LEAST, AT_MOST = ">=", "<="


@dataclass(frozen=True)
class Figure:
    key: str
    measurer: str  # native, testpmd, appliance, bench, sessions, delivery, latency, governance
    bound: Optional[str] = None
    limit: float = 0.0

    def holds(self, value: float) -> bool:
        if self.bound is None:
            return True
        return value >= self.limit if self.bound == AT_LEAST else value <= self.limit

    @property
    def wanted(self) -> str:
        return f"{self.bound} {self.limit:g}" if self.bound else ""


FIGURES = [
    Figure("ref_vs_testpmd", "testpmd", AT_LEAST, 0.90),
    Figure("unmatched_64_vs_ref", "native", AT_LEAST, 0.70),
    Figure("unmatched_imix_vs_ref", "native", AT_LEAST, 0.80),
    Figure("unmatched_1514_vs_ref", "native", AT_LEAST, 0.80),
    Figure("unmatched_mix64_vs_ref", "native", AT_LEAST, 0.60),
    Figure("media_100k_vs_0", "native", AT_LEAST, 0.90),
    Figure("swap_rate_kept", "native", AT_LEAST, 0.95),
    Figure("classify_1m_extra_cycles", "native", AT_MOST, 25),
    Figure("match_marginal_ns_1pct", "native", AT_MOST, 150),
    Figure("match_marginal_ns_10pct", "native", AT_MOST, 100),
    Figure("table_build_10k_fivetuple_s", "native", AT_MOST, 2),
    Figure("activation_p99_ms", "appliance", AT_MOST, 10),
    Figure("idle_cpu_percent", "appliance", AT_MOST, 1),
    Figure("encode_vs_memcpy", "bench", AT_LEAST, 0.60),
    Figure("spool_overhead", "bench", AT_MOST, 3.0),
    Figure("dhcp_messages_per_s", "bench", AT_LEAST, 500_000),
    Figure("dhcp6_messages_per_s", "bench", AT_LEAST, 500_000),
    Figure("deliver_plain_gbps", "delivery", AT_LEAST, 4.0),
    Figure("deliver_tls_gbps", "delivery", AT_LEAST, 2.0),
    Figure("deliver_small_krps", "delivery", AT_LEAST, 600),
    Figure("deliver_integrity_gbps", "delivery", AT_LEAST, 1.0),
    Figure("latency_p50_ms", "latency", AT_MOST, 1),
    Figure("latency_p99_ms", "latency", AT_MOST, 5),
    Figure("control_activate_p99_ms", "governance", AT_MOST, 20),
    Figure("control_cold_start_s", "governance", AT_MOST, 5),
    Figure("control_fanout_1500_ms", "governance", AT_MOST, 1000),
    Figure("control_foreign_look_us", "governance"),
    Figure("radius_messages_per_s", "bench", AT_LEAST, 500_000),
    Figure("radius_verified_messages_per_s", "bench", AT_LEAST, 250_000),
    Figure("session_bytes", "bench", AT_MOST, 256),
    Figure("sip_messages_per_s", "bench", AT_LEAST, 300_000),
    Figure("sip_identity_100k_vs_10", "bench", AT_LEAST, 0.85),
    Figure("call_flood_messages_per_s", "bench", AT_LEAST, 200_000),
    Figure("calls_tracked", "bench", AT_LEAST, 50_000),
    Figure("media_armed_p99_us", "sessions", AT_MOST, 1000),
    Figure("binding_p99_us", "sessions", AT_MOST, 1000),
    Figure("relay_p99_ms", "sessions", AT_MOST, 10),
    Figure("stages_64", "native"),
    Figure("stages_mix64", "native"),
]
KEYS = [figure.key for figure in FIGURES]

# What the harness says of itself: 100 ns were added to one side of each figure that is made of windows, and moved it by
# so much. The median over the figures must be near 100; a single figure carries the machine's noise.
MUTATION_ADDED_NS = 100.0
MUTATION_TOLERANCE = 0.20
