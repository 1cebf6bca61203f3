// The walker: what it takes out of records, and what it finds wrong.
#include "encoders/der/der_walker.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/encoders/der/record_octets.h"
#include "tests/unit/encoders/der/walked.h"

namespace lictor::der {
namespace {

std::vector<std::string> deviations(const std::string& record) {
  const Walked walked(record);
  std::vector<std::string> found;
  for (size_t index = 0; index < kDeviations; ++index)
    if (walked.view.deviations.has(static_cast<Deviation>(index))) found.emplace_back(kDeviationNames[index]);
  return found;
}

using Names = std::vector<std::string>;

TEST(DerWalker, TakesTheHeaderOut) {
  const Walked walked(cc(numbered(4'000'000'000)));
  const RecordView& view = walked.view;
  EXPECT_TRUE(view.deviations.none()) << view.complaint();
  EXPECT_EQ(as_text(view.liid), "LIID-1");
  EXPECT_EQ(as_text(view.authorization_country), "AT");
  EXPECT_EQ(as_text(view.operator_id), "OP1");
  EXPECT_EQ(as_text(view.network_element), "NE-1");
  EXPECT_EQ(as_text(view.delivery_country), "AT");
  EXPECT_EQ(as_text(view.interception_point), "IP1");
  EXPECT_EQ(view.cin, 7U);
  EXPECT_EQ(view.number, 4'000'000'000U);
  EXPECT_EQ(view.time_us, 1'700'000'000'123'456);
  EXPECT_EQ(view.time_qualifier, 1U);
}

TEST(DerWalker, ReadsTheOtherFormOfTimeStamp) {
  HeaderParts parts;
  parts.time = tlv(0x85, "20231114221320.123Z");
  const Walked walked(cc(parts));
  EXPECT_TRUE(walked.view.deviations.none()) << walked.view.complaint();
  EXPECT_EQ(walked.view.time_us, 1'700'000'000'123'000);
  EXPECT_EQ(as_text(walked.view.time_text), "20231114221320.123Z");
}

TEST(DerWalker, TakesThePacketOutOfAnIpCc) {
  const Walked walked(cc());
  ASSERT_EQ(walked.view.kind, Kind::kCc);
  ASSERT_EQ(walked.view.payloads.size(), 1U);
  EXPECT_EQ(as_text(walked.view.payloads[0].packet), packet());
  EXPECT_EQ(walked.view.payloads[0].direction, 0U);
  EXPECT_FALSE(walked.view.payloads[0].truncated);
}

TEST(DerWalker, TakesTheFrameOutOfAnL2Cc) {
  const auto l2cc = [](const std::string& contents) {
    return tlv(0xa1, tlv(0x30, integer(0x80, 1) + tlv(0xa2, tlv(0xa6, tlv(0x80, octets({5, 4, 7, 2})) + contents))));
  };
  const Walked ethernet(pdu({}, l2cc(tlv(0xa1, tlv(0x85, "frame")))));
  EXPECT_TRUE(ethernet.view.deviations.none()) << ethernet.view.complaint();
  ASSERT_EQ(ethernet.view.payloads.size(), 1U);
  EXPECT_EQ(ethernet.view.payloads[0].content_tag, 6);
  EXPECT_EQ(as_text(ethernet.view.payloads[0].packet), "frame");
  const Walked ppp(pdu({}, l2cc(tlv(0xa1, tlv(0x84, "not Ethernet")))));
  EXPECT_TRUE(ppp.view.deviations.none()) << ppp.view.complaint();
  EXPECT_EQ(as_text(ppp.view.payloads.at(0).packet), "");
  EXPECT_FALSE(Walked(pdu({}, l2cc(tlv(0xa1, tlv(0x80, "nothing"))))).view.deviations.none());
}

TEST(DerWalker, JudgesAnL2IriByItsOwnTable) {
  const auto l2iri = [](const std::string& members) {
    const std::string body = tlv(0x80, octets({5, 4, 7, 1})) + tlv(0xa1, members);
    return pdu({}, tlv(0xa0, tlv(0x30, integer(0x80, 1) + tlv(0xa2, tlv(0xa6, body)))));
  };
  const Walked walked(l2iri(integer(0x80, 8) + integer(0x82, 4) + tlv(0x85, "00:53:00:12:34:56") + integer(0x90, 1)));
  EXPECT_TRUE(walked.view.deviations.none()) << walked.view.complaint();
  EXPECT_EQ(walked.view.payloads.at(0).iri_type, 1U);
  EXPECT_EQ(walked.view.payloads.at(0).access_event, std::nullopt) << "it would be another in an IPIRI";
  EXPECT_FALSE(Walked(l2iri(tlv(0x85, "no event"))).view.deviations.none());
}

TEST(DerWalker, TakesTheMediaOutOfAnIpMmCc) {
  const auto ipmmcc = [](const std::string& members) {
    const std::string body = tlv(0x80, octets({5, 5, 14, 2})) + members;
    return pdu({}, tlv(0xa1, tlv(0x30, integer(0x80, 1) + tlv(0xa2, tlv(0xac, body)))));
  };
  const Walked walked(ipmmcc(tlv(0x81, "media") + integer(0x82, 2) + tlv(0x83, "m=audio") + integer(0x84, 1)));
  EXPECT_TRUE(walked.view.deviations.none()) << walked.view.complaint();
  const PayloadView& payload = walked.view.payloads.at(0);
  EXPECT_EQ(payload.content_tag, 12);
  EXPECT_EQ(as_text(payload.packet), "media");
  EXPECT_EQ(payload.frame_type, 2U);
  EXPECT_EQ(payload.media_protocol, 1U);
  EXPECT_EQ(as_text(payload.stream), "m=audio");
  EXPECT_FALSE(Walked(ipmmcc("")).view.deviations.none()) << "nothing in it";
  EXPECT_FALSE(Walked(ipmmcc(tlv(0x81, "media") + integer(0x82, 8))).view.deviations.none()) << "no such frame";
}

TEST(DerWalker, JudgesAnIpMmIri) {
  const auto ipmmiri = [](const std::string& contents, const std::string& more = "") {
    const std::string body = tlv(0x80, octets({5, 5, 14, 1})) + tlv(0xa1, contents) + more;
    return pdu({}, tlv(0xa0, tlv(0x30, integer(0x80, 1) + tlv(0xa2, tlv(0xab, body)) + integer(0x86, 1))));
  };
  const std::string address = integer(0x81, 0) + tlv(0xa2, tlv(0x81, octets({192, 0, 2, 7}))) + integer(0x83, 3);
  const std::string addresses = tlv(0xa0, address) + tlv(0xa1, address);
  const std::string message = addresses + tlv(0x82, "\xff no text");
  for (const int tag : {0xa1, 0xa6}) {
    const Walked walked(ipmmiri(tlv(static_cast<uint8_t>(tag), message), tlv(0xa3, tlv(0x80, "Reason: x"))));
    EXPECT_TRUE(walked.view.deviations.none()) << walked.view.complaint();
    EXPECT_EQ(walked.view.payloads.at(0).content_tag, 11);
    EXPECT_EQ(walked.view.payloads.at(0).iri_type, 1U);
    EXPECT_EQ(walked.view.payloads.at(0).direction, 1U);
  }
  for (const std::string& fine : {tlv(0x80, "packet"), tlv(0x85, "packet"), tlv(0x84, "xcap"),
                                  tlv(0xa3, tlv(0x81, "AT")), tlv(0xa2, addresses + tlv(0xa2, tlv(0x83, "h323")))}) {
    const Walked walked(ipmmiri(fine));
    EXPECT_TRUE(walked.view.deviations.none()) << walked.view.complaint();
  }
  EXPECT_FALSE(Walked(ipmmiri(tlv(0xa1, addresses))).view.deviations.none()) << "without its message";
  EXPECT_FALSE(Walked(ipmmiri(tlv(0xa1, tlv(0x82, "text")))).view.deviations.none()) << "without addresses";
}

TEST(DerWalker, TakesATruncatedPacketOutWithItsOriginalLength) {
  const std::string truncated = tlv(0xa1, tlv(0x80, packet()) + integer(0x81, 1500));
  const Walked walked(pdu({}, tlv(0xa1, cc_payload(truncated, 1))));
  EXPECT_TRUE(walked.view.deviations.none()) << walked.view.complaint();
  ASSERT_EQ(walked.view.payloads.size(), 1U);
  EXPECT_TRUE(walked.view.payloads[0].truncated);
  EXPECT_EQ(as_text(walked.view.payloads[0].packet), packet());
  EXPECT_EQ(walked.view.payloads[0].original_bytes, 1500U);
  EXPECT_EQ(walked.view.payloads[0].direction, 1U);
}

TEST(DerWalker, TakesEveryPayloadOutOfAnAggregate) {
  const Walked walked(pdu({}, tlv(0xa1, cc_payload() + cc_payload(tlv(0x80, "second"), 1))));
  EXPECT_TRUE(walked.view.deviations.none()) << walked.view.complaint();
  ASSERT_EQ(walked.view.payloads.size(), 2U);
  EXPECT_EQ(as_text(walked.view.payloads[1].packet), "second");
}

TEST(DerWalker, PayloadsOfAnAggregateHaveTimesOfTheirOwn) {
  const std::string contents = tlv(0xa2, tlv(0xa2, tlv(0x80, octets({5, 3, 10, 2})) + tlv(0xa1, tlv(0x80, packet()))));
  const std::string text = tlv(0x30, tlv(0x81, "20231114221321Z") + contents);
  const std::string numbers = tlv(0x30, contents + tlv(0xa3, integer(0x80, 1'700'000'002) + integer(0x81, 5)));
  const Walked walked(pdu({}, tlv(0xa1, cc_payload() + text + numbers)));
  EXPECT_TRUE(walked.view.deviations.none()) << walked.view.complaint();
  ASSERT_EQ(walked.view.payloads.size(), 3U);
  EXPECT_EQ(walked.view.payloads[0].time_us, std::nullopt);
  EXPECT_EQ(walked.view.payloads[1].time_us, 1'700'000'001'000'000);
  EXPECT_EQ(walked.view.payloads[2].time_us, 1'700'000'002'000'005);
  EXPECT_EQ(walked.view.time_us, 1'700'000'000'123'456) << "the header's stays";
}

TEST(DerWalker, TakesTypeAndEventOutOfAnIpIri) {
  const Walked walked(iri({}, 4, 9));
  EXPECT_TRUE(walked.view.deviations.none()) << walked.view.complaint();
  ASSERT_EQ(walked.view.kind, Kind::kIri);
  EXPECT_EQ(walked.view.payloads.at(0).iri_type, 4U);
  EXPECT_EQ(walked.view.payloads.at(0).access_event, 9U);
}

TEST(DerWalker, TellsHi1ByItsAlternative) {
  for (const int alternative : {1, 2, 3}) {
    const Walked walked(hi1({}, alternative));
    EXPECT_TRUE(walked.view.deviations.none()) << walked.view.complaint();
    EXPECT_EQ(walked.view.kind, Kind::kHi1);
    EXPECT_EQ(walked.view.hi1_tag, alternative);
  }
}

TEST(DerWalker, TellsTriByItsAlternative) {
  const std::vector<std::pair<int, std::string>> kinds = {{1, "testPDU"},
                                                          {3, "keep-alive"},
                                                          {4, "keep-aliveResponse"},
                                                          {5, "firstSegmentFlag"},
                                                          {6, "lastSegmentFlag"},
                                                          {7, "cINReset"},
                                                          {11, "optionComplete"},
                                                          {12, "pDUAcknowledgementRequest"},
                                                          {13, "pDUAcknowledgementResponse"}};
  for (const auto& [alternative, name] : kinds) {
    const Walked walked(tri({}, alternative));
    EXPECT_TRUE(walked.view.deviations.none()) << walked.view.complaint();
    EXPECT_EQ(name_of(walked.view.kind), name);
  }
}

TEST(DerWalker, TellsTheNegotiationOfOptions) {
  for (const std::string& record : {option_request(), option_response(), option_response("", tlv(0x80, ""))}) {
    const Walked walked(record);
    EXPECT_TRUE(walked.view.deviations.none()) << walked.view.complaint();
    EXPECT_EQ(walked.view.kind, record == option_request() ? Kind::kOptionRequest : Kind::kOptionResponse);
  }
}

TEST(DerWalker, ForgetsTheRecordBefore) {
  const std::string first = cc();
  const std::string second = tri({}, 3);
  RecordView view;
  walk_record(as_bytes(first), view);
  walk_record(as_bytes(second), view);
  EXPECT_EQ(view.kind, Kind::kKeepAlive);
  EXPECT_TRUE(view.payloads.empty());
}

TEST(DerWalker, TakesAnEncryptionContainer) {
  const Walked walked(pdu({}, tlv(0xa4, integer(0x80, 4) + tlv(0x81, "sixteen octets..") + integer(0x82, 6))));
  EXPECT_TRUE(walked.view.deviations.none()) << walked.view.complaint();
  EXPECT_EQ(walked.view.kind, Kind::kEncrypted);
}

// --- what is wrong ---

TEST(DerWalker, FindsALengthThatIsNotMinimal) {
  const std::string record = cc();
  std::string longer = record;
  ASSERT_LT(static_cast<uint8_t>(record[1]), 0x80);
  longer.insert(1, octets({0x82, 0}));
  const Walked walked(longer);
  EXPECT_EQ(deviations(longer), Names{"long_length"});
  EXPECT_TRUE(walked.view.deviations.all_tolerable());
  EXPECT_EQ(walked.view.complaint(), "long_length at octet 0, in PS-PDU");
  EXPECT_EQ(as_text(walked.view.payloads.at(0).packet), packet()) << "read all the same";
}

TEST(DerWalker, FindsADomainThatIsNotTheStandards) {
  HeaderParts parts;
  parts.domain = tlv(0x80, octets({4, 0, 2, 2, 5, 1, 17, 0}));
  EXPECT_EQ(deviations(cc(parts)), Names{"foreign_domain"});
  parts.domain = tlv(0x80, octets({4, 0, 2, 2, 5, 1, 0x91}));
  EXPECT_EQ(deviations(cc(parts)), (Names{"foreign_domain", "bad_identifier"}));
}

TEST(DerWalker, FindsWhatIsWrongWithOptions) {
  EXPECT_EQ(deviations(option_request(tlv(0x80, "x"))), Names{"bad_value"});
  EXPECT_EQ(deviations(option_request(tlv(0x81, ""))), Names{"unknown_member"});
  EXPECT_EQ(deviations(option_request(tlv(0xa0, ""))), Names{"wrong_form"});
  EXPECT_EQ(deviations(tri({}, 9)), Names{"wrong_form"});
  const std::string half = pdu({}, tlv(0xa2, tlv(0xaa, tlv(0xa0, ""))));
  EXPECT_EQ(deviations(half), Names{"missing_member"});
}

TEST(DerWalker, FindsMembersOutOfOrderAndRepeated) {
  HeaderParts parts;
  parts.number = integer(0x84, 5) + integer(0x84, 6);
  const Walked repeated(cc(parts));
  EXPECT_EQ(deviations(repeated.record), Names{"out_of_order"});
  EXPECT_EQ(repeated.view.number, 5U) << "the first counts";
  parts.number = "";
  parts.qualifier = integer(0x88, 1) + integer(0x84, 9);
  const Walked late(cc(parts));
  EXPECT_EQ(deviations(late.record), Names{"out_of_order"});
  EXPECT_EQ(late.view.number, 9U);
}

TEST(DerWalker, FindsMembersThatTheTypeDoesNotHave) {
  HeaderParts parts;
  parts.qualifier += tlv(0x9e, "?");
  EXPECT_EQ(deviations(cc(parts)), Names{"unknown_member"});
  EXPECT_EQ(deviations(pdu({}, tlv(0x8f, ""))), Names{"unknown_member"});
}

TEST(DerWalker, FindsMandatoryMembersMissing) {
  HeaderParts parts;
  parts.liid = "";
  EXPECT_EQ(deviations(cc(parts)), Names{"missing_header"});
  EXPECT_EQ(deviations(tlv(0x30, header())), Names{"missing_header"});
  EXPECT_EQ(deviations(tlv(0x30, "")), Names{"missing_header"});
  EXPECT_EQ(deviations(pdu({}, "")), Names{"missing_header"});
  EXPECT_EQ(deviations(pdu({}, tlv(0xa2, ""))), Names{"missing_member"});
  EXPECT_EQ(deviations(pdu({}, tlv(0xa1, tlv(0x30, "")))), Names{"missing_member"});
}

TEST(DerWalker, FindsIntegersThatAreNone) {
  for (const std::string& content : {octets({}), octets({0, 5}), octets({0xff}), octets({1, 2, 3, 4, 5, 6, 7, 8, 9})}) {
    HeaderParts parts;
    parts.number = tlv(0x84, content);
    const Walked walked(cc(parts));
    EXPECT_EQ(deviations(walked.record), Names{"bad_integer"});
    EXPECT_EQ(walked.view.number, std::nullopt);
  }
}

TEST(DerWalker, FindsValuesOutsideTheirBounds) {
  HeaderParts parts;
  parts.liid = tlv(0x81, std::string(26, 'x'));
  EXPECT_EQ(deviations(cc(parts)), Names{"out_of_range"});
  parts = {};
  parts.number = integer(0x84, uint64_t{1} << 32);
  EXPECT_EQ(deviations(cc(parts)), Names{"out_of_range"});
  EXPECT_EQ(deviations(iri({}, 5)), Names{"out_of_range"});
  parts = {};
  parts.time = tlv(0xa7, integer(0x80, 10) + integer(0x81, 1'000'001));
  const Walked walked(cc(parts));
  EXPECT_EQ(deviations(walked.record), Names{"out_of_range"});
  EXPECT_EQ(walked.view.time_us, 11'000'001);
}

TEST(DerWalker, FindsTimesThatAreNotInDersForm) {
  HeaderParts parts;
  parts.time = tlv(0x85, "20231114221320.120Z");
  EXPECT_EQ(deviations(cc(parts)), Names{"time_form"});
  parts.time = tlv(0x85, "20231114231320.12+0100");
  EXPECT_EQ(deviations(cc(parts)), Names{"local_time"});
  parts.time = tlv(0x85, "yesterday");
  EXPECT_EQ(deviations(cc(parts)), Names{"bad_value"});
}

TEST(DerWalker, FindsValuesThatAreNotOfTheirType) {
  HeaderParts parts;
  parts.country = tlv(0x82, octets({0xc3, 0x28}));
  EXPECT_EQ(deviations(cc(parts)), Names{"bad_value"});
  EXPECT_EQ(deviations(pdu({}, tlv(0xa2, tlv(0x83, "x")))), Names{"bad_value"});
}

TEST(DerWalker, FindsTheWrongForm) {
  HeaderParts parts;
  parts.liid = tlv(0xa1, tlv(0x81, "x"));
  EXPECT_EQ(deviations(cc(parts)), Names{"wrong_form"});
  parts = {};
  parts.time = tlv(0x87, "x");
  EXPECT_EQ(deviations(cc(parts)), Names{"wrong_form"});
}

TEST(DerWalker, FindsMoreThanOneAlternative) {
  EXPECT_EQ(deviations(pdu({}, tlv(0xa2, tlv(0x83, "")) + tlv(0xa2, tlv(0x83, "")))), Names{"trailing"});
}

TEST(DerWalker, FindsWhatIsNotOneRecord) {
  EXPECT_EQ(deviations(cc() + "x"), Names{"not_a_record"});
  EXPECT_EQ(deviations(tlv(0x31, header())), Names{"not_a_record"});
  EXPECT_EQ(deviations(""), Names{"broken"});
}

TEST(DerWalker, FindsAnEncryptionContainerThatIsNone) {
  const std::string type = integer(0x80, 4);
  const std::string payload = tlv(0x81, "sixteen octets..");
  const auto container = [](const std::string& members) { return deviations(pdu({}, tlv(0xa4, members))); };
  EXPECT_EQ(container(payload), Names{"missing_member"});
  EXPECT_EQ(container(type), Names{"missing_member"});
  EXPECT_EQ(container(integer(0x80, 8) + payload), Names{"out_of_range"});
  EXPECT_EQ(container(type + payload + integer(0x82, 9)), Names{"out_of_range"});
  EXPECT_EQ(container(type + payload + tlv(0xa2, tlv(0x80, ""))), Names{"wrong_form"});
}

TEST(DerWalker, FindsContentThatPassesItsParentsEnd) {
  HeaderParts parts;
  parts.qualifier = octets({0x88, 2, 1});
  EXPECT_EQ(deviations(cc(parts)), Names{"broken"});
}

TEST(DerWalker, FollowsTypesThatItDoesNotKnowToABoundedDepth) {
  const auto nested = [](size_t depth) {
    std::string content;
    for (; depth > 0; --depth) content = tlv(0x30, content);
    return deviations(pdu({}, tlv(0xa0, tlv(0x30, tlv(0xa2, tlv(0xae, content))))));
  };
  EXPECT_EQ(nested(kDepthMax - 1), Names{});
  EXPECT_EQ(nested(kDepthMax), Names{"too_deep"});
  EXPECT_EQ(nested(1000), Names{"too_deep"});
}

TEST(DerWalker, JudgesUniversalTypesInsideTypesThatItDoesNotKnow) {
  const auto inside = [](const std::string& content) {
    return deviations(pdu({}, tlv(0xa0, tlv(0x30, tlv(0xa2, tlv(0xae, content))))));
  };
  EXPECT_EQ(inside(tlv(0x02, octets({0xff, 0x7f}))), Names{});
  EXPECT_EQ(inside(tlv(0x02, octets({0, 0x7f}))), Names{"bad_integer"});
  EXPECT_EQ(inside(tlv(0x01, octets({1}))), Names{"bad_value"});
  EXPECT_EQ(inside(tlv(0x05, "x")), Names{"bad_value"});
  EXPECT_EQ(inside(tlv(0x06, octets({0x81}))), Names{"bad_identifier"});
}

TEST(DerWalker, BoundsThePayloadsOfOneRecord) {
  std::string many;
  for (size_t count = 0; count <= kPayloadsMax; ++count) many += cc_payload(tlv(0x80, ""));
  const Walked walked(pdu({}, tlv(0xa1, many)));
  EXPECT_EQ(deviations(walked.record), Names{"too_many"});
  EXPECT_EQ(walked.view.payloads.size(), kPayloadsMax);
}

}  // namespace
}  // namespace lictor::der
