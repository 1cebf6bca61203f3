// What is told of interceptions afterwards, and what goes into a support bundle.
#include <gtest/gtest.h>

#include <fstream>

#include "control/cli/bundle_view.h"
#include "control/cli/certification.h"
#include "control/cli/history_commands.h"
#include "control/cli/transparency.h"
#include "lictor/v1/fleet.pb.h"
#include "tests/unit/control/support/fixtures.h"

namespace lictor::control::cli {
namespace {

v1::Warrant in_force(int64_t start, int64_t end, v1::Content content = v1::CONTENT_IRI) {
  v1::Warrant warrant = make_warrant();
  warrant.set_state(v1::WARRANT_STATE_ENDED);
  warrant.set_content(content);
  warrant.mutable_window()->set_start_unix_ns(start);
  warrant.mutable_window()->set_end_unix_ns(end);
  return warrant;
}

TEST(Transparency, CountsWhatWasInForceInThePeriodAndNoTestLines) {
  TransparencyCount count({.from_unix_ns = 100, .to_unix_ns = 200});
  count.add(in_force(0, 101));
  count.add(in_force(199, 300));
  count.add(in_force(0, 100));
  count.add(in_force(200, 300));
  v1::Warrant test = in_force(100, 200);
  test.set_purpose(v1::WARRANT_PURPOSE_TEST);
  count.add(test);
  v1::Warrant filed = make_warrant();
  filed.clear_window();
  count.add(filed);
  EXPECT_EQ(count.tables().at("by_type"), (Counts{{"iri", 2}}));
}

TEST(Transparency, ASmallCountCannotBeFoundBySubtraction) {
  const auto shown = suppressed({{"t", {{"a", 3}, {"b", 50}, {"c", 70}}}}, 10)["t"];
  EXPECT_EQ(shown["a"], "<10");
  EXPECT_EQ(shown["b"], "suppressed");
  EXPECT_EQ(shown["c"], 70);
  EXPECT_EQ(shown["total"], 123);
  const auto two = suppressed({{"t", {{"a", 3}, {"b", 4}, {"c", 70}}}}, 10)["t"];
  EXPECT_EQ(two["c"], 70);
  EXPECT_EQ(two["b"], "<10");
  const auto none = suppressed({{"t", {{"a", 30}, {"b", 40}}}}, 10)["t"];
  EXPECT_EQ(none["a"], 30);
}

TEST(Certification, SaysWhatWasOrderedAndByWhomAndWhoCertifies) {
  v1::Warrant warrant = in_force(0, kNanosecondsPerSecond);
  warrant.mutable_approved()->set_person("berta");
  const Certification certification{
      .warrant = warrant, .authorised = true, .responsible = "A. Officer", .made_unix_ns = 0};
  const auto json = certification_json(certification);
  EXPECT_EQ(json["authorised_by"], warrant.authorising_person());
  EXPECT_EQ(json["approved"]["person"], "berta");
  EXPECT_TRUE(json["filed"].is_null());
  EXPECT_EQ(json["interception"]["closed"], "1970-01-01T00:00:01Z");
  const std::string text = certification_text(certification);
  for (const std::string& words : {warrant.liid(), warrant.legal_reference(),
                                   std::string("made with appropriate authorisation"), std::string("A. Officer")})
    EXPECT_NE(text.find(words), std::string::npos) << words;
}

TEST(Certification, SaysWhomItWasAboutBeforeItWasChanged) {
  v1::FormerWarrant former;
  *former.mutable_warrant() = make_warrant();
  former.mutable_warrant()->add_targets()->set_selector("ipv4:192.0.2.9");
  former.mutable_replaced()->set_person("anna");
  former.mutable_replaced()->set_time_unix_ns(kNanosecondsPerSecond);
  const Certification certification{.warrant = in_force(0, kNanosecondsPerSecond),
                                    .authorised = true,
                                    .responsible = "A. Officer",
                                    .made_unix_ns = 0,
                                    .former = {former}};
  const auto json = certification_json(certification);
  ASSERT_EQ(json["before_changes"].size(), 1U);
  EXPECT_EQ(json["before_changes"][0]["targets"][1], "ipv4:192.0.2.9");
  EXPECT_EQ(json["before_changes"][0]["changed_by"], "anna");
  const std::string text = certification_text(certification);
  EXPECT_NE(text.find("until 1970-01-01T00:00:01Z, changed by anna: ipv4:192.0.2.7, ipv4:192.0.2.9"), std::string::npos)
      << text;
}

TEST(Certification, AChangeOfFormOrOfWhatElseIsOrderedShows) {
  v1::FormerWarrant former;
  *former.mutable_warrant() = make_warrant();
  former.mutable_warrant()->set_location(true);
  former.mutable_warrant()->set_redirected_calls(true);
  v1::Warrant warrant = in_force(0, kNanosecondsPerSecond);
  warrant.set_link_layer(v1::LINK_LAYER_L2CC);
  const Certification certification{
      .warrant = warrant, .authorised = true, .responsible = "A. Officer", .made_unix_ns = 0, .former = {former}};
  const auto json = certification_json(certification);
  EXPECT_EQ(json["link_layer"], "whole frames (L2CC)");
  EXPECT_EQ(json["location"], "not told");
  EXPECT_EQ(json["before_changes"][0]["link_layer"], "packets (IPCC)");
  EXPECT_EQ(json["before_changes"][0]["location"], "told");
  EXPECT_EQ(json["redirected_calls"], "not followed");
  EXPECT_EQ(json["before_changes"][0]["redirected_calls"], "followed");
  EXPECT_NE(certification_text(certification).find("; packets (IPCC), location told, redirected calls followed"),
            std::string::npos);
}

TEST(History, AFormerWarrantSaysWhetherItWasOfFramesAndWhatElseItOrdered) {
  v1::FormerWarrant former;
  *former.mutable_warrant() = make_warrant();
  const auto value_of = [&former](const std::string& name) {
    for (const auto& [known, value] : properties_of(former))
      if (known == name) return value;
    return std::string("missing");
  };
  EXPECT_EQ(value_of("link layer"), "");
  EXPECT_EQ(value_of("location"), "");
  EXPECT_EQ(value_of("redirected calls"), "");
  former.mutable_warrant()->set_link_layer(v1::LINK_LAYER_L2CC);
  former.mutable_warrant()->set_location(true);
  former.mutable_warrant()->set_redirected_calls(true);
  EXPECT_EQ(value_of("link layer"), "l2cc");
  EXPECT_EQ(value_of("location"), "yes");
  EXPECT_EQ(value_of("redirected calls"), "yes");
}

TEST(BundleView, NumbersStayNamesBecomePseudonymsAndTextsStayOut) {
  v1::ListAlarmsReply alarms;
  v1::Alarm& alarm = *alarms.add_alarms();
  alarm.set_code("records_lost");
  alarm.set_network_element_id("NE-1");
  alarm.set_destination_id("north/hi2");
  alarm.set_xid(std::string(16, 'x'));
  alarm.set_text("about 192.0.2.7");
  alarm.set_count(7);
  v1::Alarm& other = *alarms.add_alarms();
  other.set_code("192.0.2.7 is no code");
  other.set_network_element_id("NE-1");
  Pseudonyms pseudonyms;
  const auto view = view_of(alarms, pseudonyms)["alarms"];
  EXPECT_EQ(view[0].dump(),
            R"({"code":"records_lost","network_element_id":"element-1","destination_id":"destination-1","count":7})");
  EXPECT_EQ(view[1].dump(), R"({"network_element_id":"element-1"})");
}

TEST(BundleView, ReasonsAreCountedAndWhatIsNoneStaysOut) {
  v1::PacketStatistics packets;
  (*packets.mutable_drops())["truncated"] = 3;
  (*packets.mutable_drops())["LIID 7"] = 4;
  Pseudonyms pseudonyms;
  EXPECT_EQ(view_of(packets, pseudonyms).dump(), R"({"drops":{"truncated":3}})");
}

TEST(BundleView, AConfigurationKeepsItsShapeAndNoName) {
  const TempDir directory;
  const std::string path = directory.file("a.conf");
  std::ofstream(path)
      << R"(log = { level = "debug"; }; shared = ("192.0.2.0/24", "192.0.2.0/24"); days = 30; lab = true;
                            people = ({ uid = 7; name = "anna"; });)";
  Pseudonyms pseudonyms;
  const auto view = view_of_config(path, pseudonyms);
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->dump(), R"({"log":{"level":"debug"},"shared":["text-1","text-1"],"days":30,"lab":true,)"
                          R"("people":[{"uid":7,"name":"text-2"}]})");
  EXPECT_TRUE(absl::IsNotFound(view_of_config(directory.file("none"), pseudonyms).status()));
  std::ofstream(path) << "a = ";
  EXPECT_EQ(view_of_config(path, pseudonyms).status().message(), "cannot be read");
}

}  // namespace
}  // namespace lictor::control::cli
