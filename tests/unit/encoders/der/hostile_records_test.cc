// The walker: no octets bring it down, and what is cut or changed is found.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/encoders/der/record_octets.h"
#include "tests/unit/encoders/der/walked.h"

namespace lictor::der {
namespace {

std::vector<std::string> one_of_each() {
  return {cc(), iri(), hi1(), tri({}, 3), tri({}, 7), option_request(), option_response()};
}

bool inside(Bytes part, const std::string& record) {
  return part.empty() || (part.data() >= as_bytes(record).data() &&
                          part.data() + part.size() <= as_bytes(record).data() + record.size());
}

void expect_spans_inside(const Walked& walked) {
  const RecordView& view = walked.view;
  for (const Bytes part : {view.domain, view.liid, view.authorization_country, view.operator_id, view.network_element,
                           view.delivery_country, view.interception_point, view.time_text})
    EXPECT_TRUE(inside(part, walked.record));
  for (const PayloadView& payload : view.payloads) EXPECT_TRUE(inside(payload.packet, walked.record));
  EXPECT_LE(view.worst_offset, walked.record.size());
}

TEST(HostileRecords, EveryPrefixIsInErrorAndStaysInside) {
  for (const std::string& record : one_of_each()) {
    for (size_t length = 0; length < record.size(); ++length) {
      const Walked walked(record.substr(0, length));
      EXPECT_FALSE(walked.view.deviations.all_tolerable()) << length;
      expect_spans_inside(walked);
    }
  }
}

// The outer length is made to fit, so that the damage is found further in.
TEST(HostileRecords, EveryPrefixOfTheContentIsInError) {
  for (const std::string& record : one_of_each()) {
    const std::string content = record.substr(static_cast<uint8_t>(record[1]) < 0x80 ? 2 : 3);
    for (size_t length = 0; length < content.size(); ++length)
      EXPECT_FALSE(Walked(tlv(0x30, content.substr(0, length))).view.deviations.none()) << length;
  }
}

TEST(HostileRecords, EveryValueOfEveryOctetStaysInside) {
  for (const std::string& record : one_of_each()) {
    for (size_t at = 0; at < record.size(); ++at) {
      for (int value = 0; value < 256; ++value) {
        std::string changed = record;
        changed[at] = static_cast<char>(value);
        expect_spans_inside(Walked(changed));
      }
    }
  }
}

}  // namespace
}  // namespace lictor::der
