#include "perf/statistics.h"

#include <fmt/format.h>

namespace lictor::perf {
namespace {

double millions_a_second(uint64_t count, int64_t wall_ns) {
  return static_cast<double>(count) * 1e3 / static_cast<double>(std::max<int64_t>(wall_ns, 1));
}

}  // namespace

std::string describe_interval(Mode mode, const SessionTotals& before, const SessionTotals& after) {
  const int64_t wall_ns = after.wall_ns - before.wall_ns;
  const auto rate = [wall_ns](uint64_t first, uint64_t last) { return millions_a_second(last - first, wall_ns); };
  std::string line = fmt::format("{:6.1f} s  {:8.3f} Mpps received", static_cast<double>(after.wall_ns) / 1e9,
                                 rate(before.received, after.received));
  if (mode >= Mode::kClassify) line += fmt::format("  {:8.3f} matched", rate(before.matched, after.matched));
  if (mode >= Mode::kCopy) {
    line +=
        fmt::format("  {:8.3f} Mrecords/s delivered  {:8.3f} lost", rate(before.tail.delivered, after.tail.delivered),
                    rate(before.copies_lost + before.tail.record_drops, after.copies_lost + after.tail.record_drops));
  }
  return line + fmt::format("  {} missed by the port", after.port.lost() - before.port.lost());
}

std::string describe_end(Mode mode, const SessionTotals& totals) {
  std::string text =
      fmt::format("mode {}: {:.2f} s, {:.3f} Mpps\n", name_of(mode), static_cast<double>(totals.wall_ns) / 1e9,
                  millions_a_second(totals.received, totals.wall_ns));
  text += fmt::format("  port     offered {}, received {}, missed {}, errors {}, without buffer {}\n",
                      totals.port.offered(), totals.port.received, totals.port.imissed, totals.port.ierrors,
                      totals.port.nombuf);
  text += fmt::format("  packets  received {}, unmatched {}, matched {}, dropped {}\n", totals.received,
                      totals.unmatched, totals.matched, totals.dropped);
  if (mode >= Mode::kCopy) {
    text +=
        fmt::format("  copies   made {}, taken {}, lost {}\n", totals.copies, totals.tail.copies, totals.copies_lost);
    text +=
        fmt::format("  records  appended {}, delivered {}, given up {}, waiting {}, dropped {}\n", totals.tail.appended,
                    totals.tail.delivered, totals.tail.given_up, totals.tail.waiting, totals.tail.record_drops);
  }
  const std::vector<std::string> broken = broken_sums(mode, totals);
  for (const std::string& sum : broken) text += fmt::format("  BROKEN   {}\n", sum);
  if (broken.empty()) text += "  every packet is accounted for, and every buffer is back\n";
  return text;
}

nlohmann::json to_json(const SessionTotals& totals) {
  return {{"wall_ns", totals.wall_ns},
          {"port",
           {{"offered", totals.port.offered()},
            {"received", totals.port.received},
            {"imissed", totals.port.imissed},
            {"ierrors", totals.port.ierrors},
            {"nombuf", totals.port.nombuf}}},
          {"received", totals.received},
          {"unmatched", totals.unmatched},
          {"matched", totals.matched},
          {"dropped", totals.dropped},
          {"copies", totals.copies},
          {"copies_lost", totals.copies_lost},
          {"taken", totals.tail.copies},
          {"appended", totals.tail.appended},
          {"record_drops", totals.tail.record_drops},
          {"delivered", totals.tail.delivered},
          {"given_up", totals.tail.given_up},
          {"waiting", totals.tail.waiting},
          {"buffers_missing", totals.buffers_missing}};
}

}  // namespace lictor::perf
