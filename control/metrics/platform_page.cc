// The page for who runs the platform. A series is added here only where a packet of a target moves it no more than any
// other packet does.
#include "control/metrics/daemon_series.h"
#include "control/metrics/pages.h"

namespace lictor::control {
namespace {

void add_port(SeriesBook& book, const std::string& element, const v1::PortStatistics& port) {
  const Labels labels = {{"network_element", element}, {"port", label_text(port.name())}};
  book.counter("lictor_port_offered_packets_total", "Packets that came to the port, whatever became of them", labels,
               port.offered());
  book.counter("lictor_port_damaged_packets_total", "Packets that the device could not take because they were damaged",
               labels, port.ierrors());
  book.gauge("lictor_port_link_up", "Whether the port has a link", labels, port.link_up() ? 1 : 0);
}

}  // namespace

std::string platform_page(const DaemonFigures& daemon, const Figures& figures) {
  SeriesBook book;
  add_daemon(book, daemon, figures);
  for (const ElementFigures& element : figures.elements)
    for (const v1::PortStatistics& port : element.statistics.ports()) add_port(book, element.id, port);
  add_alarms(book, figures.platform_alarms);
  return book.text();
}

}  // namespace lictor::control
