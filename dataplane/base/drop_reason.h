// Why a packet or a record went no further. Every drop has one of these reasons and a counter; the names are what
// statistics and stats.json show. Any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lictor {

// The fate of a packet that could not be classified, or that a rule of the operator's takes out (DESIGN 6.2: received
// == unmatched + matched + drops). The latter are wanted and no loss.
enum class PacketDrop : uint8_t {
  kTruncated,        // ends inside a header that classification needs
  kBadVersion,       // the IP version is not the one that the EtherType announces
  kBadHeaderLength,  // IPv4 header length below 20
  kBadTotalLength,   // the IP length is shorter than the IP header
  kTooManyTags,      // more VLAN tags than kVlanTagsMax
  kTooManyHeaders,   // more labels or headers before the first IP header than the parser looks at
  kFrameTooLong,     // longer than the configured frame_bytes_max
  kExcluded,         // it matched, and an exclusion of the port or of every warrant that it matched takes it out
  kDuplicate,        // another port of its tap group gave it already
  kSpreadFull,       // the rx lcore that a spreader passes it to did not keep up
  kCount,
};

// The fate of a (packet, task) pair or event that did not become a record.
enum class RecordDrop : uint8_t {
  kRingFull,          // the encoder lcore did not keep up
  kFanoutLimit,       // one packet matched more tasks than kTasksPerPacketMax
  kBacklogFull,       // the destination's spool has no room
  kNoMediation,       // the task's mediation was withdrawn while the copy was under way
  kEncodeFailed,      // the record could not be encoded
  kNoSegment,         // the spool had no segment ready on its disk, or its plain copies filled their room
  kPatternBudget,     // nobody looked whether its task's patterns are in it: the rx lcore's share for that was used up
  kFairShare,         // its destination's buffers fill, and its task has had its share of what is left
  kNotTargetAnyMore,  // when it arrived its address was not the target's session's any more: nothing is lost
  kUnsettled,         // there was no room to wait for what decides whose it is, or no time, as the process ended
  kSessionsFull,      // its task has more sessions than are followed
  kNotMedia,          // it came to an address of a call's media and is none: nothing is lost
  kNotOfCall,         // it came there from an end that takes no part in the call: nothing is lost
  kLeftOut,           // media of a call that its agency does not want: comfort noise, telephone events
  kCount,
};

// The fate of a record that was appended and will not be delivered.
enum class GivenUp : uint8_t {
  kRevoked,     // the order was annulled
  kShutdown,    // the process ended with a backlog in memory
  kBacklogMax,  // the spool's bound in bytes: the oldest went
  kTooOld,      // the spool's bound in age
  kNoKey,       // spooled by an earlier process, and nobody has its task's key any more
  kUnreadable,  // the disk does not give back what was written
  kCount,
};

template <typename Reason>
constexpr size_t kReasons = static_cast<size_t>(Reason::kCount);

constexpr std::array<std::string_view, kReasons<PacketDrop>> kPacketDropNames = {
    "truncated",        "bad_version",    "bad_header_length", "bad_total_length", "too_many_tags",
    "too_many_headers", "frame_too_long", "excluded",          "duplicate",        "spread_full"};
constexpr std::array<std::string_view, kReasons<RecordDrop>> kRecordDropNames = {
    "ring_full",      "fanout_limit", "backlog_full",        "no_mediation", "encode_failed", "no_segment",
    "pattern_budget", "fair_share",   "not_target_any_more", "unsettled",    "sessions_full", "not_media",
    "not_of_call",    "left_out"};
constexpr std::array<std::string_view, kReasons<GivenUp>> kGivenUpNames = {"revoked", "shutdown", "backlog_max",
                                                                           "too_old", "no_key",   "unreadable"};

}  // namespace lictor
