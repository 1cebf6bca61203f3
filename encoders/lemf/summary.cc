#include "encoders/lemf/summary.h"

#include <fmt/format.h>

#include "encoders/lemf/json_writer.h"

namespace lictor::lemf {
namespace {

void write(JsonWriter& json, std::string_view key, uint64_t value) {
  json.key(key);
  json.number(value);
}

uint64_t missing(const der::SeriesBook& book) {
  uint64_t sum = 0;
  for (const der::Series& series : book.all()) sum += series.missing;
  return sum;
}

void write_delays(JsonWriter& json, const DelayHistogram& delays) {
  json.key("delays_us");
  json.open_object();
  write(json, "records", delays.total());
  write(json, "p50", delays.quantile_us(500));
  write(json, "p99", delays.quantile_us(990));
  write(json, "p999", delays.quantile_us(999));
  write(json, "max", delays.max_us());
  json.close_object();
}

void write_interface(JsonWriter& json, const InterfaceAccount& account) {
  const InterfaceCounts& counts = account.counts();
  const der::SeriesTotals& totals = account.series().totals();
  json.open_object();
  write(json, "records", counts.records);
  write(json, "iri", counts.iri);
  write(json, "cc", counts.cc);
  write(json, "hi1", counts.hi1);
  write(json, "encrypted", counts.encrypted);
  write(json, "resets", counts.resets);
  write(json, "keepalives", counts.keepalives);
  write(json, "acknowledgements", counts.acknowledgements);
  write(json, "other", counts.other);
  write(json, "errors", counts.errors);
  write(json, "tolerated", counts.tolerated);
  write(json, "gaps", totals.gaps);
  write(json, "missing", missing(account.series()));
  write(json, "repeats", totals.repeats);
  write(json, "late", totals.late);
  write(json, "conflicts", totals.conflicts);
  write(json, "untracked", totals.untracked);
  write(json, "connections", counts.connections);
  write(json, "refused", counts.refused);
  write(json, "handshakes_failed", counts.handshakes_failed);
  write(json, "incomplete", counts.incomplete);
  if (account.delays().total() > 0) write_delays(json, account.delays());
  json.key("deviations");
  json.open_object();
  for (size_t index = 0; index < der::kDeviations; ++index)
    if (counts.by_deviation[index] > 0) write(json, der::kDeviationNames[index], counts.by_deviation[index]);
  json.close_object();
  json.close_object();
}

void write_series(JsonWriter& json, const der::Series& series) {
  json.open_object();
  json.key("liid");
  json.octets(as_bytes(series.liid));
  json.key("operator");
  json.octets(as_bytes(series.operator_id));
  json.key("ne");
  json.octets(as_bytes(series.network_element));
  json.key("cin");
  if (series.cin)
    json.number(*series.cin);
  else
    json.null();
  json.key("kind");
  json.text(name_of(series.kind));
  write(json, "first", series.first);
  write(json, "last", series.last);
  write(json, "count", series.count);
  write(json, "missing", series.missing);
  write(json, "repeats", series.repeats);
  write(json, "resets", series.resets);
  json.close_object();
}

}  // namespace

std::string summary_json(const InterfaceAccount& hi2, const InterfaceAccount& hi3) {
  std::string text;
  JsonWriter json(text, JsonStyle::kIndented);
  json.open_object();
  json.key("hi2");
  write_interface(json, hi2);
  json.key("hi3");
  write_interface(json, hi3);
  json.key("series");
  json.open_list();
  for (const InterfaceAccount* account : {&hi2, &hi3})
    for (const der::Series& series : account->series().all())
      if (series.count > 0) write_series(json, series);
  json.close_list();
  json.close_object();
  text.push_back('\n');
  return text;
}

std::string summary_line(const std::string& name, const InterfaceAccount& account) {
  const InterfaceCounts& counts = account.counts();
  const der::SeriesTotals& totals = account.series().totals();
  std::string line =
      fmt::format("{}: {} records: {} IRI, {} CC, {} HI1, {} keep-alives; {} errors, {} gaps ({} missing), {} repeats",
                  name, counts.records, counts.iri, counts.cc, counts.hi1, counts.keepalives, counts.errors,
                  totals.gaps, missing(account.series()), totals.repeats);
  if (counts.tolerated > 0) line += fmt::format(", {} tolerated", counts.tolerated);
  for (size_t index = 0; index < der::kDeviations; ++index)
    if (counts.by_deviation[index] > 0)
      line += fmt::format("{} {} {}", index == 0 ? ";" : ",", der::kDeviationNames[index], counts.by_deviation[index]);
  return line;
}

}  // namespace lictor::lemf
