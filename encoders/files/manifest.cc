#include "encoders/files/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "dataplane/base/utc_text.h"

namespace lictor {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "lictor-pcapng-manifest-1";
constexpr size_t kHashDigits = 64;
constexpr size_t kChainDigits = 32;

std::optional<RecordKind> kind_of(const std::string& name) {
  for (size_t i = 0; i < kRecordKinds; ++i)
    if (name_of(static_cast<RecordKind>(i)) == name) return static_cast<RecordKind>(i);
  return std::nullopt;
}

bool is_hex(const std::string& text, size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// A member of the kind that is expected, or its empty value and a mark that something is wrong.
class Reader {
 public:
  explicit Reader(bool& ok) : ok_(ok) {}
  template <typename Integer>
  Integer number(const Json& object, const char* key) {
    const Json* const member = find(object, key);
    if (member == nullptr || !member->is_number_unsigned() ||
        member->get<uint64_t>() > std::numeric_limits<Integer>::max())
      return wrong<Integer>();
    return member->get<Integer>();
  }
  std::string text(const Json& object, const char* key) {
    const Json* const member = find(object, key);
    return member != nullptr && member->is_string() ? member->get<std::string>() : wrong<std::string>();
  }
  // At most `size_max` of them.
  const Json& list(const Json& object, const char* key, size_t size_max) {
    static const Json kNone = Json::array();
    const Json* const member = find(object, key);
    if (member != nullptr && member->is_array() && member->size() <= size_max) return *member;
    ok_ = false;
    return kNone;
  }
  RecordKind kind(const Json& object) {
    const std::optional<RecordKind> kind = kind_of(text(object, "kind"));
    return kind ? *kind : wrong<RecordKind>();
  }
  bool flag(const Json& object, const char* key) {
    const Json* const member = find(object, key);
    return member != nullptr && member->is_boolean() ? member->get<bool>() : wrong<bool>();
  }
  void expect(bool holds) { ok_ = ok_ && holds; }

 private:
  static const Json* find(const Json& object, const char* key) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(key);
    return found == object.end() ? nullptr : &*found;
  }
  template <typename Value>
  Value wrong() {
    ok_ = false;
    return {};
  }
  bool& ok_;
};

void read_states(Reader& read, const Json& json, Manifest& manifest) {
  for (const Json& one : read.list(json, "next", Manifest::kSeriesMax)) {
    manifest.next.push_back({.cin = read.number<uint32_t>(one, "cin"),
                             .kind = read.kind(one),
                             .next = read.number<uint32_t>(one, "number")});
  }
  for (const Json& one : read.list(json, "runs", Manifest::kRunsMax)) {
    const std::string run = read.text(one, "run");
    const Json& ends = read.list(one, "next", kRecordKinds);
    read.expect(is_hex(run, 16) && ends.size() == kRecordKinds);
    if (!is_hex(run, 16) || ends.size() != kRecordKinds) return;
    std::array<uint32_t, kRecordKinds>& to =
        manifest.runs.emplace_back(RunEnd{.run = std::stoull(run, nullptr, 16)}).next;
    for (size_t i = 0; i < kRecordKinds; ++i) {
      read.expect(ends[i].is_number_unsigned() && ends[i] <= UINT32_MAX);
      if (ends[i].is_number_unsigned()) to[i] = ends[i].get<uint32_t>();
    }
  }
}

// The one that is it, or `fresh`, moved to the end; where there are too many the first one goes.
template <typename One, typename Is>
One& latest(std::vector<One>& all, const Is& is_it, size_t size_max, const One& fresh) {
  const auto found = std::ranges::find_if(all, is_it);
  if (found != all.end()) {
    std::rotate(found, found + 1, all.end());
    return all.back();
  }
  if (all.size() == size_max) all.erase(all.begin());
  return all.emplace_back(fresh);
}

}  // namespace

void Manifest::add(const FileRecord& record) {
  const RecordKind kind = record.stamp.series;
  const uint32_t number = record.stamp.number;
  if (record.stamp.kind == FileRecordKind::kPacket) {
    ++packets;
    packet_bytes += record.block.size();
    const PacketTime time = record.stamp.time;
    if (!first_packet || time.unix_ns < first_packet->unix_ns) first_packet = time;
    if (!last_packet || time.unix_ns > last_packet->unix_ns) last_packet = time;
  } else {
    ++events;
  }
  ended = record.stamp.ends;
  const auto is_run = [&](const RunEnd& end) { return end.run == record.run; };
  latest(runs, is_run, kRunsMax, RunEnd{.run = record.run}).next[static_cast<size_t>(kind)] = number + 1;
  const auto is_it = [&](const auto& one) { return one.cin == record.cin && one.kind == kind; };
  uint32_t& expected = latest(next, is_it, kSeriesMax, SeriesEnd{.cin = record.cin, .kind = kind}).next;
  // A number below is a series that begins anew.
  const uint64_t gap = number > expected ? number - expected : 0;
  expected = number + 1;
  missing += gap;
  auto part = std::ranges::find_if(series, is_it);
  if (part == series.end()) {
    part = series.insert(series.end(), {.cin = record.cin, .kind = kind, .first = number});
  }
  part->last = number;
  ++part->records;
  part->missing += gap;
}

Manifest Manifest::following(const std::string& own_sha256) const {
  Manifest after;
  after.chain = chain;
  after.sequence = sequence + 1;
  after.previous = own_sha256;
  after.next = next;
  after.runs = runs;
  return after;
}

bool Manifest::holds(const FileRecord& record) const {
  const auto run = std::ranges::find(runs, record.run, &RunEnd::run);
  return run != runs.end() && record.stamp.number < run->next[static_cast<size_t>(record.stamp.series)];
}

std::string to_json(const Manifest& manifest) {
  Json json;
  json["format"] = kFormat;
  json["chain"] = manifest.chain;
  json["sequence"] = manifest.sequence;
  json["previous"] = manifest.previous;
  json["file"] = manifest.file;
  json["bytes"] = manifest.bytes;
  json["sha256"] = manifest.sha256;
  json["created"] = manifest.created;
  json["packets"] = manifest.packets;
  json["packet_block_bytes"] = manifest.packet_bytes;
  json["events"] = manifest.events;
  json["missing"] = manifest.missing;
  if (manifest.first_packet) json["first_packet"] = utc_text(manifest.first_packet->unix_ns, TimeDigits::kNanoseconds);
  if (manifest.last_packet) json["last_packet"] = utc_text(manifest.last_packet->unix_ns, TimeDigits::kNanoseconds);
  json["ended"] = manifest.ended;
  json["series"] = Json::array();
  for (const SeriesPart& part : manifest.series) {
    json["series"].push_back({{"cin", part.cin},
                              {"kind", name_of(part.kind)},
                              {"first", part.first},
                              {"last", part.last},
                              {"records", part.records},
                              {"missing", part.missing}});
  }
  json["next"] = Json::array();
  for (const SeriesEnd& end : manifest.next)
    json["next"].push_back({{"cin", end.cin}, {"kind", name_of(end.kind)}, {"number", end.next}});
  json["runs"] = Json::array();
  for (const RunEnd& end : manifest.runs)
    json["runs"].push_back({{"run", fmt::format("{:016x}", end.run)}, {"next", end.next}});
  return json.dump(1) + "\n";
}

Result<Manifest> parse_manifest(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  bool ok = !json.is_discarded() && json.is_object();
  Reader read(ok);
  Manifest manifest;
  if (ok) {
    read.expect(read.text(json, "format") == kFormat);
    manifest.chain = read.text(json, "chain");
    manifest.sequence = read.number<uint64_t>(json, "sequence");
    manifest.previous = read.text(json, "previous");
    manifest.file = read.text(json, "file");
    manifest.bytes = read.number<uint64_t>(json, "bytes");
    manifest.sha256 = read.text(json, "sha256");
    manifest.ended = read.flag(json, "ended");
    read.expect(is_hex(manifest.chain, kChainDigits) && is_hex(manifest.sha256, kHashDigits));
    read.expect(manifest.previous.empty() || is_hex(manifest.previous, kHashDigits));
    read.expect(manifest.sequence > 0 && manifest.sequence < UINT64_MAX);
    read_states(read, json, manifest);
  }
  if (!ok) return absl::InvalidArgumentError("is no manifest of a chain of files");
  return manifest;
}

}  // namespace lictor
