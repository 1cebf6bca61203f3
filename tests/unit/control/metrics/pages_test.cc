// The two pages of metrics: what stands on which.
#include "control/metrics/pages.h"

#include <gtest/gtest.h>

#include "control/metrics/series_book.h"

namespace lictor::control {
namespace {

const DaemonFigures kDaemon{.version = "1.0", .started_unix_ns = 0};

v1::Statistics statistics_of_port(uint64_t received, uint64_t idle) {
  v1::Statistics statistics;
  statistics.set_taken_unix_ns(1);
  v1::PortStatistics& port = *statistics.add_ports();
  port.set_name("tap0");
  port.set_offered(received + idle);
  port.set_received(received);
  port.set_idle(idle);
  port.set_link_up(true);
  return statistics;
}

// 1,000 packets came; nobody was tapped.
Figures quiet() {
  Figures figures;
  figures.elements.push_back(
      {.id = "NE-1", .software_version = "1", .attached = true, .statistics = statistics_of_port(0, 1000)});
  return figures;
}

// 1,000 packets came, and everything that an interception moves has moved.
Figures busy() {
  Figures figures;
  figures.elements.push_back({.id = "NE-1",
                              .software_version = "1",
                              .attached = true,
                              .statistics = statistics_of_port(900, 99),
                              .tasks = {{"active", 1}},
                              .destinations = {{"hi3", {.destinations = 1, .confirmed_records = 7}}}});
  v1::Statistics& statistics = figures.elements[0].statistics;
  statistics.mutable_ports(0)->set_imissed(1);
  statistics.mutable_ports(0)->set_received_bytes(90'000);
  statistics.mutable_packets()->set_matched(7);
  (*statistics.mutable_packets()->mutable_drops())["truncated"] = 1;
  statistics.mutable_records()->set_confirmed(7);
  (*statistics.mutable_records()->mutable_given_up())["age"] = 2;
  statistics.mutable_ports(0)->set_offered(1000);
  (*statistics.mutable_sessions()->mutable_counts())["calls_opened"] = 0;
  (*statistics.mutable_sessions()->mutable_counts())["messages_sip"] = 68;
  figures.alarms[{"records_lost", "critical"}] = {.standing = 1, .acknowledged = 0};
  figures.warrants = {{"active", 1}};
  return figures;
}

TEST(MetricsPages, ThePlatformsPageIsTheSameWhetherSomebodyIsInterceptedOrNot) {
  EXPECT_EQ(platform_page(kDaemon, quiet()), platform_page(kDaemon, busy()));
  EXPECT_NE(interception_page(kDaemon, quiet()), interception_page(kDaemon, busy()));
}

TEST(MetricsPages, EachSeriesIsOnItsPage) {
  const std::string platform = platform_page(kDaemon, busy());
  EXPECT_NE(platform.find(R"(lictor_port_offered_packets_total{network_element="NE-1",port="tap0"} 1000)"),
            std::string::npos);
  EXPECT_NE(platform.find(R"(lictor_dataplane_attached{network_element="NE-1"} 1)"), std::string::npos);
  const std::string interception = interception_page(kDaemon, busy());
  for (const char* const series :
       {R"(lictor_packets_dropped_total{network_element="NE-1",reason="truncated"} 1)",
        R"(lictor_records_given_up_total{network_element="NE-1",reason="age"} 2)",
        R"(lictor_destination_confirmed_records_total{network_element="NE-1",interface="hi3"} 7)",
        R"(lictor_sip_messages_total{network_element="NE-1"} 68)", R"(lictor_calls_total{network_element="NE-1"} 0)",
        R"(lictor_tasks{network_element="NE-1",state="active"} 1)", R"(lictor_warrants{state="active"} 1)",
        R"(lictor_alarms_standing{code="records_lost",severity="critical"} 1)"})
    EXPECT_NE(interception.find(series), std::string::npos) << series;
}

TEST(MetricsPages, TheAlarmsOfThePlatformAreOnItsPage) {
  Figures figures = quiet();
  figures.platform_alarms[{"link_down", "critical"}] = {.standing = 2, .acknowledged = 1};
  const std::string page = platform_page(kDaemon, figures);
  EXPECT_NE(page.find(R"(lictor_alarms_standing{code="link_down",severity="critical"} 2)"), std::string::npos);
  EXPECT_NE(page.find(R"(lictor_alarms_acknowledged{code="link_down",severity="critical"} 1)"), std::string::npos);
}

TEST(SeriesBook, WhatADataplaneMadeUpIsText) {
  EXPECT_EQ(label_text("tap0"), "tap0");
  EXPECT_EQ(label_text(""), "other");
  EXPECT_EQ(label_text("a\nb"), "other");
  EXPECT_EQ(label_text("\xff"), "other");
  EXPECT_EQ(label_text(std::string(65, 'a')), "other");
}

TEST(SeriesBook, SeriesWithTheSameLabelsAreAddedAndQuotesAreEscaped) {
  SeriesBook book;
  book.counter("lictor_a_total", "A", {{"reason", "b\"c"}}, 1);
  book.counter("lictor_a_total", "A", {{"reason", "b\"c"}}, 2);
  EXPECT_NE(book.text().find("lictor_a_total{reason=\"b\\\"c\"} 3\n"), std::string::npos);
}

TEST(SeriesBook, WhatHasNoRoomIsCounted) {
  SeriesBook book;
  for (size_t i = 0; i < SeriesBook::kSeriesMax + 3; ++i) book.gauge("lictor_a", "A", {{"i", std::to_string(i)}}, 1);
  EXPECT_NE(book.text().find("lictor_series_left_out 3\n"), std::string::npos);
}

}  // namespace
}  // namespace lictor::control
