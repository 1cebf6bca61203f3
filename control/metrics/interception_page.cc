// The page for LI roles.
#include "control/metrics/daemon_series.h"
#include "control/metrics/pages.h"

namespace lictor::control {
namespace {

using Reasons = google::protobuf::Map<std::string, uint64_t>;

Labels with(Labels labels, const char* name, const std::string& value) {
  labels.push_back({name, value});
  return labels;
}

void add_reasons(SeriesBook& book, const char* name, const char* help, const Labels& labels, const Reasons& reasons) {
  for (const auto& [reason, count] : reasons)
    book.counter(name, help, with(labels, "reason", label_text(reason)), count);
}

void add_port(SeriesBook& book, const Labels& element, const v1::PortStatistics& port) {
  const Labels labels = with(element, "port", label_text(port.name()));
  book.counter("lictor_port_offered_packets_total", "Packets that came to the port, whatever became of them", labels,
               port.offered());
  book.counter("lictor_port_received_packets_total", "Packets that were looked at", labels, port.received());
  book.counter("lictor_port_received_bytes_total", "Their octets", labels, port.received_bytes());
  book.counter("lictor_port_missed_packets_total", "Packets that nobody was quick enough to take", labels,
               port.imissed());
  book.counter("lictor_port_damaged_packets_total", "Packets that the device could not take because they were damaged",
               labels, port.ierrors());
  book.counter("lictor_port_no_buffer_packets_total", "Packets for which there was no buffer", labels, port.nombuf());
  book.counter("lictor_port_idle_packets_total", "Packets that came while nothing was tapped", labels, port.idle());
  book.gauge("lictor_port_link_up", "Whether the port has a link", labels, port.link_up() ? 1 : 0);
}

void add_packets(SeriesBook& book, const Labels& element, const v1::PacketStatistics& packets) {
  book.counter("lictor_packets_received_total", "Packets that were looked at", element, packets.received());
  book.counter("lictor_packets_matched_total", "Packets of a target", element, packets.matched());
  book.counter("lictor_packets_unmatched_total", "Packets of nobody's target", element, packets.unmatched());
  add_reasons(book, "lictor_packets_dropped_total", "Packets that could not be classified", element, packets.drops());
}

void add_records(SeriesBook& book, const Labels& element, const v1::RecordStatistics& records) {
  book.counter("lictor_records_matched_total", "Pairs of a packet and a task", element, records.matched());
  book.counter("lictor_records_appended_total", "Records that were encoded", element, records.appended());
  book.counter("lictor_records_confirmed_total", "Records that agencies have answered for", element,
               records.confirmed());
  book.gauge("lictor_records_unconfirmed", "Records that were sent and not answered for", element,
             static_cast<double>(records.unconfirmed()));
  book.gauge("lictor_records_in_spool", "Records that wait to be sent", element,
             static_cast<double>(records.in_spool()));
  add_reasons(book, "lictor_records_dropped_total", "Matches that became no record", element, records.drops());
  add_reasons(book, "lictor_records_given_up_total", "Records that agencies did not get", element, records.given_up());
}

void add_stages(SeriesBook& book, const Labels& element, const v1::StageStatistics& stages) {
  const auto bound = [&](const char* what, uint64_t count) {
    book.counter("lictor_bounds_hit_total", "How often a bound of the dataplane cost something",
                 with(element, "bound", what), count);
  };
  bound("patterns_over_budget", stages.patterns_over_budget());
  bound("streams_evicted", stages.streams_evicted());
  bound("flows_evicted", stages.flows_evicted());
  bound("fragments_evicted", stages.fragments_evicted());
  bound("fragments_expired", stages.fragments_expired());
  bound("fragments_refused", stages.fragments_refused());
  bound("datagrams_forgotten", stages.datagrams_forgotten());
}

void add_destinations(SeriesBook& book, const Labels& element, const std::string& name, const DestinationFigures& sum) {
  const Labels labels = with(element, "interface", name);
  const auto gauge = [&](const char* series, const char* help, uint64_t value) {
    book.gauge(series, help, labels, static_cast<double>(value));
  };
  gauge("lictor_destinations", "Destinations that something is delivered to", sum.destinations);
  gauge("lictor_destinations_connected", "Those that are connected, or whose files can be written", sum.connected);
  gauge("lictor_destinations_holding", "Those that must answer before more is sent", sum.holding);
  gauge("lictor_destination_backlog_records", "Records that wait for them", sum.backlog_records);
  gauge("lictor_destination_backlog_bytes", "Octets of these", sum.backlog_bytes);
  book.counter("lictor_destination_confirmed_records_total", "Records that they have answered for", labels,
               sum.confirmed_records);
  book.counter("lictor_destination_sent_bytes_total", "Octets that were sent to them", labels, sum.sent_bytes);
  book.counter("lictor_destination_resent_records_total", "Records that were sent again", labels, sum.resent_records);
}

// What is heard of everybody's calls: none is a set of servers that is wrong.
void add_calls(SeriesBook& book, const Labels& element, const v1::SessionStatistics& sessions) {
  const auto& counts = sessions.counts();
  if (counts.find("calls_opened") == counts.end()) return;
  const auto counter = [&](const char* series, const char* help, const char* name) {
    const auto found = counts.find(name);
    book.counter(series, help, element, found == counts.end() ? 0 : found->second);
  };
  counter("lictor_sip_messages_total", "Messages of SIP over UDP that were read", "messages_sip");
  counter("lictor_sip_segments_total", "Pieces of SIP over TCP that were read", "messages_sip_segments");
  counter("lictor_calls_total", "Calls of everybody that were followed", "calls_opened");
}

void add_element(SeriesBook& book, const ElementFigures& element) {
  const Labels labels = {{"network_element", element.id}};
  for (const v1::PortStatistics& port : element.statistics.ports()) add_port(book, labels, port);
  add_packets(book, labels, element.statistics.packets());
  add_records(book, labels, element.statistics.records());
  add_stages(book, labels, element.statistics.stages());
  add_calls(book, labels, element.statistics.sessions());
  for (const auto& [name, sum] : element.destinations) add_destinations(book, labels, name, sum);
  for (const auto& [state, count] : element.tasks)
    book.gauge("lictor_tasks", "Tasks that the dataplane holds", with(labels, "state", state),
               static_cast<double>(count));
}

}  // namespace

std::string interception_page(const DaemonFigures& daemon, const Figures& figures) {
  SeriesBook book;
  add_daemon(book, daemon, figures);
  for (const ElementFigures& element : figures.elements) add_element(book, element);
  for (const auto& [state, count] : figures.warrants)
    book.gauge("lictor_warrants", "Warrants that something can still come of", {{"state", state}},
               static_cast<double>(count));
  add_alarms(book, figures.alarms);
  return book.text();
}

}  // namespace lictor::control
