#include "control/metrics/series_book.h"

#include <prometheus/text_serializer.h>

#include "control/registry/text_rules.h"

namespace lictor::control {
namespace {

constexpr size_t kLabelCharactersMax = 64;

prometheus::ClientMetric metric_of(prometheus::MetricType type, const Labels& labels, double value) {
  prometheus::ClientMetric metric;
  metric.label = labels;
  if (type == prometheus::MetricType::Counter)
    metric.counter.value = value;
  else
    metric.gauge.value = value;
  return metric;
}

}  // namespace

std::string label_text(const std::string& text) { return is_text(text, 1, kLabelCharactersMax) ? text : "other"; }

void SeriesBook::counter(const char* name, const char* help, const Labels& labels, uint64_t value) {
  add(name, help, prometheus::MetricType::Counter, labels, static_cast<double>(value));
}

void SeriesBook::gauge(const char* name, const char* help, const Labels& labels, double value) {
  add(name, help, prometheus::MetricType::Gauge, labels, value);
}

void SeriesBook::add(const char* name, const char* help, prometheus::MetricType type, const Labels& labels,
                     double value) {
  Family& family = families_[name];
  family.help = help;
  family.type = type;
  const auto known = family.series.find(labels);
  if (known != family.series.end()) {
    known->second += value;
  } else if (series_ < kSeriesMax) {
    family.series.emplace(labels, value);
    ++series_;
  } else {
    ++left_out_;
  }
}

std::string SeriesBook::text() {
  const auto left_out = static_cast<double>(left_out_);
  Family& own = families_["lictor_series_left_out"];
  own = {.help = "Series that this page has no room for",
         .type = prometheus::MetricType::Gauge,
         .series = {{{}, left_out}}};
  std::vector<prometheus::MetricFamily> families;
  for (const auto& [name, family] : families_) {
    prometheus::MetricFamily written{.name = name, .help = family.help, .type = family.type, .metric = {}};
    for (const auto& [labels, value] : family.series) written.metric.push_back(metric_of(family.type, labels, value));
    families.push_back(std::move(written));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace lictor::control
