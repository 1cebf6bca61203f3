// Records that tests can recognise in a stream: length, slot and number as big-endian u32, then octets that follow from
// the number. Questions of the test's codec are frames of the slots from kQuestionSlot on, by what is asked.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/base/bytes.h"
#include "dataplane/base/task_account.h"
#include "encoders/handover/destination.h"
#include "encoders/spool/spool.h"

namespace lictor {

constexpr uint32_t kQuestionSlot = 0xfffffff0;
constexpr uint32_t slot_of(ConnectionQuestion question) { return kQuestionSlot + static_cast<uint32_t>(question); }
constexpr uint32_t kKeepaliveSlot = slot_of(ConnectionQuestion::kKeepalive);
constexpr size_t kRecordHeaderBytes = 12;

struct TestRecord {
  uint32_t slot = 0;
  uint32_t number = 0;
  friend bool operator==(const TestRecord&, const TestRecord&) = default;
};
inline void PrintTo(const TestRecord& record, std::ostream* out) { *out << record.slot << ":" << record.number; }

inline void put_u32(uint8_t* at, uint32_t value) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

inline uint8_t fill_of(uint32_t number, size_t at) { return static_cast<uint8_t>(number * 31 + at); }

inline std::vector<uint8_t> test_record(TestRecord record, size_t bytes) {
  std::vector<uint8_t> made(bytes);
  put_u32(made.data(), static_cast<uint32_t>(bytes));
  put_u32(made.data() + 4, record.slot);
  put_u32(made.data() + 8, record.number);
  for (size_t i = kRecordHeaderBytes; i < bytes; ++i) made[i] = fill_of(record.number, i);
  return made;
}

// False where the spool has no room. Not published.
inline bool append(Spool& spool, TestRecord record, size_t bytes) {
  const MutableBytes room = spool.reserve(bytes);
  if (room.empty()) return false;
  const std::vector<uint8_t> made = test_record(record, bytes);
  std::memcpy(room.data(), made.data(), bytes);
  spool.append(TaskSlot{record.slot}, bytes);
  return true;
}

// The whole records at the start of a stream, each checked octet for octet. `stream` keeps what is left.
inline std::vector<TestRecord> take_records(std::vector<uint8_t>& stream) {
  std::vector<TestRecord> records;
  size_t done = 0;
  while (stream.size() - done >= kRecordHeaderBytes) {
    ByteReader reader(Bytes(stream).subspan(done));
    const size_t bytes = reader.u32();
    const TestRecord record{.slot = reader.u32(), .number = reader.u32()};
    if (bytes < kRecordHeaderBytes || bytes > (1u << 20)) {
      ADD_FAILURE() << "no record begins here: " << bytes;
      break;
    }
    if (stream.size() - done < bytes) break;
    for (size_t i = kRecordHeaderBytes; i < bytes; ++i) {
      if (stream[done + i] != fill_of(record.number, i)) {
        ADD_FAILURE() << "record " << record.number << " differs at " << i;
        break;
      }
    }
    records.push_back(record);
    done += bytes;
  }
  stream.erase(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(done));
  return records;
}

constexpr uint32_t kResponseMark = 0x52455350;         // then the number
constexpr uint32_t kAcknowledgementMark = 0x41434b4e;  // then the number
constexpr uint32_t kAcceptMark = 0x41434350;           // then anything, as for the following
constexpr uint32_t kDeclineMark = 0x4445434c;
constexpr uint32_t kOtherMark = 0x4f544852;

inline PeerMessageKind kind_of_mark(uint32_t mark) {
  switch (mark) {
    case kResponseMark:
      return PeerMessageKind::kKeepaliveResponse;
    case kAcknowledgementMark:
      return PeerMessageKind::kAcknowledgement;
    case kAcceptMark:
      return PeerMessageKind::kOptionAccepted;
    case kDeclineMark:
      return PeerMessageKind::kOptionDeclined;
    default:
      return mark == kOtherMark ? PeerMessageKind::kOther : PeerMessageKind::kMalformed;
  }
}

inline std::vector<uint8_t> peer_pdu(uint32_t mark, uint32_t number) {
  std::vector<uint8_t> made(8);
  put_u32(made.data(), mark);
  put_u32(made.data() + 4, number);
  return made;
}

inline HandoverCodec test_codec() {
  return {.question =
              [](ConnectionQuestion question, uint32_t number) {
                return test_record({slot_of(question), number}, 40);
              },
          .read_peer =
              [](Bytes received) {
                ByteReader reader(received);
                const uint32_t mark = reader.u32();
                const uint32_t number = reader.u32();
                if (!reader.ok()) return PeerMessage{};
                const PeerMessageKind kind = kind_of_mark(mark);
                return PeerMessage{
                    .kind = kind, .bytes = kind == PeerMessageKind::kMalformed ? 0u : 8u, .number = number};
              }};
}

// appended == confirmed + unconfirmed + given up, of one task on one side.
inline uint64_t settled(const HandoverTaskAccount& account) {
  return account.confirmed.get() + account.unconfirmed.get() + account.given_up.total();
}

}  // namespace lictor
