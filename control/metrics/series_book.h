// Collects series and writes them as Prometheus reads them (text format 0.0.4). Bounded. One thread.
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lictor::control {

// A name and its value. Values that a dataplane made up go through label_text first.
using Labels = std::vector<prometheus::ClientMetric::Label>;

// Text for people of 1 to 64 characters; "other" instead of anything else.
std::string label_text(const std::string& text);

class SeriesBook {
 public:
  // Beyond: what comes is left out, and counted in lictor_series_left_out. A fleet of 1,500 dataplanes has some 200
  // each.
  static constexpr size_t kSeriesMax = 500'000;

  // Of series with the same labels the values are added.
  void counter(const char* name, const char* help, const Labels& labels, uint64_t value);
  void gauge(const char* name, const char* help, const Labels& labels, double value);

  [[nodiscard]] std::string text();

 private:
  struct Family {
    std::string help;
    prometheus::MetricType type{};
    std::map<Labels, double> series;
  };
  void add(const char* name, const char* help, prometheus::MetricType type, const Labels& labels, double value);

  std::map<std::string, Family> families_;
  size_t series_ = 0;
  uint64_t left_out_ = 0;
};

}  // namespace lictor::control
