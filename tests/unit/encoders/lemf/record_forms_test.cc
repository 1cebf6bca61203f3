// Records in their decoded forms, as JSON.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "encoders/der/der_walker.h"
#include "encoders/lemf/json_writer.h"
#include "encoders/lemf/record_line.h"
#include "encoders/lemf/record_tree.h"
#include "tests/unit/encoders/der/record_octets.h"

namespace lictor::lemf {
namespace {

std::string line_of(const std::string& record) {
  der::RecordView view;
  der::walk_record(as_bytes(record), view);
  std::string line;
  append_record_line(line, der::Interface::kHi3, 12, view);
  return line;
}

TEST(RecordLine, TellsWhatACcIs) {
  const std::string line = line_of(der::cc(der::numbered(5)));
  EXPECT_TRUE(line.ends_with("}\n"));
  EXPECT_EQ(nlohmann::json::parse(line),
            nlohmann::json::parse(R"({"interface":"hi3","offset":12,"kind":"cc","liid":"LIID-1",
    "operator":"OP1","ne":"NE-1","cin":7,"number":5,"time":"2023-11-14T22:13:20.123456Z","country":"AT","point":"IP1",
    "direction":"from_target","content":2,"octets":29})"));
}

TEST(RecordLine, TellsWhatAnIriSays) {
  const nlohmann::json line = nlohmann::json::parse(line_of(der::iri({}, 4, 9)));
  EXPECT_EQ(line["iri_type"], "report");
  const nlohmann::json& contents = line["payload"]["iRIPayloadSequence"][0]["iRIContents"]["iPIRI"]["iPIRIContents"];
  EXPECT_EQ(contents["accessEventType"], "end_of_interception_with_session_active");
  EXPECT_EQ(contents["targetUsername"], "user@example.org");
  EXPECT_EQ(contents["internetAccessType"], "fttx");
  EXPECT_EQ(contents["targetIPAddress"]["iP-value"]["iPBinaryAddress"], "hex:c0000201");
}

TEST(RecordLine, TellsWhatMediaAreOf) {
  const std::string body = der::tlv(0x80, der::octets({5, 5, 14, 2})) + der::tlv(0x81, "media") +
                           der::integer(0x82, 2) + der::tlv(0x83, "m=audio") + der::integer(0x84, 0);
  const nlohmann::json line = nlohmann::json::parse(line_of(
      der::pdu({}, der::tlv(0xa1, der::tlv(0x30, der::integer(0x80, 1) + der::tlv(0xa2, der::tlv(0xac, body)))))));
  EXPECT_EQ(line["content"], 12);
  EXPECT_EQ(line["octets"], 5);
  EXPECT_EQ(line["frame"], "rtp");
  EXPECT_EQ(line["protocol"], "rtp");
  EXPECT_EQ(line["stream"], "m=audio");
}

TEST(RecordLine, ShowsAMessageAsText) {
  const std::string address = der::integer(0x81, 0) + der::tlv(0xa2, der::tlv(0x81, der::octets({192, 0, 2, 7})));
  const auto contents_of = [&](const std::string& text) {
    const std::string sip = der::tlv(0xa1, der::tlv(0xa0, address) + der::tlv(0xa1, address) + der::tlv(0x82, text));
    const std::string body = der::tlv(0x80, der::octets({5, 5, 14, 1})) + der::tlv(0xa1, sip);
    const std::string payload = der::tlv(0x30, der::integer(0x80, 4) + der::tlv(0xa2, der::tlv(0xab, body)));
    const nlohmann::json line = nlohmann::json::parse(line_of(der::pdu({}, der::tlv(0xa0, payload))));
    EXPECT_EQ(line["iri_type"], "report");
    return line["payload"]["iRIPayloadSequence"][0]["iRIContents"]["iPMMIRI"]["iPMMIRIContents"]["sIPMessage"]
               ["sIPContent"];
  };
  EXPECT_EQ(contents_of("BYE sip:b SIP/2.0\r\n\r\n"), "BYE sip:b SIP/2.0\r\n\r\n");
  EXPECT_EQ(contents_of("\xff"), "hex:ff") << "what is none is shown all the same";
}

TEST(RecordLine, TellsHi1AndDeviations) {
  EXPECT_EQ(nlohmann::json::parse(line_of(der::hi1({}, 2)))["hi1"], "liDeactivated");
  std::string longer = der::cc();
  longer.insert(1, der::octets({0x82, 0}));
  EXPECT_EQ(nlohmann::json::parse(line_of(longer))["deviation"], "long_length at octet 0, in PS-PDU");
}

TEST(RecordLine, IdentifiersThatAreNoTextAreHexadecimal) {
  der::HeaderParts parts;
  parts.liid = der::tlv(0x81, der::octets({0, 0xff, 'a'}));
  EXPECT_EQ(nlohmann::json::parse(line_of(der::cc(parts)))["liid"], "hex:00ff61");
  parts.liid = der::tlv(0x81, "a\"\\b");
  EXPECT_EQ(nlohmann::json::parse(line_of(der::cc(parts)))["liid"], "a\"\\b");
}

TEST(RecordTree, EveryPrefixIsShownAsJson) {
  for (const std::string& record : {der::cc(), der::iri(), der::hi1()}) {
    for (size_t length = 0; length <= record.size(); ++length) {
      std::string tree;
      JsonWriter json(tree, JsonStyle::kIndented);
      write_record_tree(as_bytes(record).first(length), json);
      EXPECT_TRUE(nlohmann::json::accept(tree)) << tree;
    }
  }
}

TEST(RecordTree, ShowsIdentifiersWithDots) {
  std::string tree;
  JsonWriter json(tree);
  write_record_tree(as_bytes(der::cc()), json);
  const nlohmann::json parsed = nlohmann::json::parse(tree);
  EXPECT_EQ(parsed["pSHeader"]["li-psDomainId"], "0.4.0.2.2.5.1.18");
  const std::string relative = parsed["payload"]["cCPayloadSequence"][0]["cCContents"]["iPCC"]["iPCCObjId"];
  EXPECT_TRUE(relative.starts_with("5.3.") && relative.ends_with(".10.2"))
      << "all arcs of a relative one as they stand";
}

}  // namespace
}  // namespace lictor::lemf
