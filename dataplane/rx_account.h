// What one rx lcore counted. Written by that lcore alone, read by the control thread; the sums over all lcores are
// those of DESIGN 6.2.
#pragma once

#include <vector>

#include "dataplane/base/counter.h"
#include "dataplane/base/task_account.h"
#include "dataplane/packet/fragment_tracker.h"
#include "dataplane/pattern/pattern_account.h"

namespace lictor {

struct alignas(64) RxPortAccount {
  Counter received;
  Counter received_bytes;
  Counter idle;            // thrown away unlooked while nothing was tapped: not in `received`
  Counter stamps_refused;  // frames whose card's stamp cannot be right: the host's clock was taken
};

// received == unmatched + matched + drops.total(), whenever the rx lcore is settled (rx_loop.h)
struct alignas(64) RxPacketAccount {
  Counter unmatched;
  Counter matched;
  Counter truncated;      // of the matched: shorter than their IP length
  Counter inner_damaged;  // of all: the inside of a trusted encapsulation could not be read
  Counter too_deep;       // of all: more levels or headers than are looked at
  ReasonCounters<PacketDrop> drops;
};

// What the bounds of the stages around the match cost.
struct alignas(64) RxStageAccount {
  PatternAccount patterns;
  FragmentAccount fragments;
  Counter packets_forgotten;  // by de-duplication, inside their window: a duplicate of them was copied
};

// Frames of the network's own signalling; they are in RxPacketAccount too.
struct alignas(64) RxSignalAccount {
  Counter taken;      // copied to a session lcore
  Counter lost;       // it did not keep up
  Counter fragments;  // of them: fragments of datagrams
  Counter cut;        // whose beginning was not captured: not read
};

struct RxAccount {
  RxAccount(size_t ports, size_t tasks_max) : by_port(ports), tasks(tasks_max) {}

  RxPacketAccount packets;
  RxStageAccount stages;
  RxSignalAccount signals;
  std::vector<RxPortAccount> by_port;  // by index in the configuration
  std::vector<RxTaskAccount> tasks;    // by slot
  Counter interrupt_waits;             // how often the lcore slept until a port's interrupt
};

}  // namespace lictor
