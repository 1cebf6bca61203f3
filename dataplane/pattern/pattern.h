// What a warrant may say of the content of its targets' packets, and the limits under which a dataplane looks for it.
// Plain values, any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace lictor {

enum class PatternKind : uint8_t {
  kLiteral,     // these octets
  kExpression,  // Perl's syntax over octets; "." is any octet
};

// What a match selects.
enum class PatternReach : uint8_t {
  kPacket,  // the packet in which it ends
  kFlow,    // that packet and all that follow in its flow, both ways, for as long as the flow lives
};

struct Pattern {
  PatternKind kind = PatternKind::kLiteral;
  std::string octets;
  bool any_case = false;  // ASCII letters match in either case
  PatternReach reach = PatternReach::kPacket;
};

struct PatternLimits {
  // --- of one task's set ---
  uint32_t patterns_max = 16;
  uint32_t pattern_bytes_max = 256;
  uint32_t database_bytes_max = 8 << 20;  // compiled, for packets and for streams together
  uint32_t compile_ms_max = 2000;
  uint32_t compilers_max = 2;  // at once; one that was given up counts until it ends
  // --- of one rx lcore, all tasks together ---
  uint32_t streams_max = 8192;             // TCP directions that are followed at once
  uint32_t stream_state_bytes_max = 1024;  // of one of them
  uint32_t flows_max = 16384;              // flows that a match has selected
  uint32_t stream_idle_s = 60;
  uint32_t flow_idle_s = 600;
  uint32_t budget_percent = 50;  // of the lcore's time; beyond it packets are not looked into, and counted
};

}  // namespace lictor
