#include "encoders/der/series.h"

#include <absl/hash/hash.h>

#include <array>
#include <functional>
#include <iterator>
#include <optional>

#include "encoders/der/container_view.h"

namespace lictor::der {
namespace {

constexpr std::array<std::string_view, 3> kSeriesKindNames = {"iri", "cc", "hi1"};

// Numbers wrap at 2^32: what lies less than half of that ahead is above (RFC 1982).
bool is_above(uint32_t number, uint32_t due) { return number != due && number - due < uint32_t{1} << 31; }

// What is encrypted shows its part of TS 102 232: notifications are of the first.
SeriesKind series_of_encrypted(Bytes record, Interface interface) {
  constexpr uint32_t kPart1 = 8;
  const std::optional<ContainerView> container = read_container(record);
  if (container && container->part == kPart1) return SeriesKind::kHi1;
  return interface == Interface::kHi3 ? SeriesKind::kCc : SeriesKind::kIri;
}

std::optional<SeriesKind> series_of(const RecordView& view, Interface interface) {
  switch (view.kind) {
    case Kind::kIri:
      return SeriesKind::kIri;
    case Kind::kCc:
      return SeriesKind::kCc;
    case Kind::kHi1:
      return SeriesKind::kHi1;
    case Kind::kEncrypted:
      return series_of_encrypted(view.record, interface);
    case Kind::kFirstSegment:
    case Kind::kLastSegment:  // they bracket content, and take numbers among it
      return interface == Interface::kHi2 ? SeriesKind::kIri : SeriesKind::kCc;
    default:
      return std::nullopt;
  }
}

void append_part(std::string& key, Bytes part) {
  key.push_back(static_cast<char>(part.size()));
  key.append(as_text(part));
}

void build_key(const RecordView& view, std::optional<uint32_t> cin, SeriesKind kind, std::string& key) {
  key.clear();
  key.push_back(static_cast<char>(kind));
  key.push_back(cin.has_value() ? '\1' : '\0');
  for (int shift = 24; shift >= 0; shift -= 8) key.push_back(static_cast<char>(cin.value_or(0) >> shift & 0xff));
  append_part(key, view.liid);
  append_part(key, view.operator_id);
  append_part(key, view.network_element);
}

void restart(Series& series) {
  ++series.resets;
  series.due = 0;
  series.first = 0;
  series.last = 0;
  series.missing = 0;
  series.holes.clear();
}

// Takes `number` out of the holes; false where it is in none.
bool fill_hole(Series& series, uint32_t number) {
  auto after = series.holes.upper_bound(number);
  if (after == series.holes.begin()) return false;
  const auto hole = std::prev(after);
  const auto [first, last] = *hole;
  if (number > last) return false;
  series.holes.erase(hole);
  if (first < number) series.holes.emplace(first, number - 1);
  if (number < last) series.holes.emplace(number + 1, last);
  --series.missing;
  return true;
}

}  // namespace

std::string_view name_of(SeriesKind kind) { return kSeriesKindNames[static_cast<size_t>(kind)]; }

Arrival SeriesBook::arrived(const RecordView& view) {
  if (!view.number) return Arrival::kUnnumbered;
  const uint64_t digest = absl::HashOf(as_text(view.record));
  if (view.kind == Kind::kCinReset) return reset(view, digest);
  const std::optional<SeriesKind> kind = series_of(view, interface_);
  if (!kind) return Arrival::kUnnumbered;
  const size_t place = find(view, *kind);
  if (place < kSeriesMax) return count(place, *view.number, digest);
  ++totals_.untracked;
  return Arrival::kUntracked;
}

size_t SeriesBook::find(const RecordView& view, SeriesKind kind) {
  for (const Bytes part : {view.liid, view.operator_id, view.network_element})
    if (part.size() > kIdentifierBytesMax) return kSeriesMax;
  const std::optional<uint32_t> cin = scope_ == SeriesScope::kCin ? view.cin : std::nullopt;
  build_key(view, cin, kind, key_);
  const auto found = places_.find(std::string_view(key_));
  if (found != places_.end()) return found->second;
  if (series_.size() == kSeriesMax) return kSeriesMax;
  series_.push_back({.liid = std::string(as_text(view.liid)),
                     .operator_id = std::string(as_text(view.operator_id)),
                     .network_element = std::string(as_text(view.network_element)),
                     .cin = cin,
                     .kind = kind});
  places_.emplace(key_, series_.size() - 1);
  return series_.size() - 1;
}

SeriesBook::Recent& SeriesBook::recent(size_t place, uint32_t number) {
  // Spread by a multiplier, so that series that advance together do not fall on each other.
  return recent_[(place * 0x9e37'79b9 + number) % kRecentRecords];
}

Arrival SeriesBook::count(size_t place, uint32_t number, uint64_t digest) {
  Series& series = series_[place];
  // Nothing came before the first: however high it is, it is no repeat.
  if (series.count > 0 && number != series.due && !is_above(number, series.due))
    return below(series, place, number, digest);
  recent(place, number) = {static_cast<uint32_t>(place), number, digest};
  if (series.count == 0) series.first = number;
  const Arrival arrival = number == series.due ? Arrival::kDue : above(series, number);
  ++series.count;
  series.last = number;
  series.due = number + 1;
  return arrival;
}

Arrival SeriesBook::above(Series& series, uint32_t number) {
  ++totals_.gaps;
  series.missing += number - series.due;
  if (series.holes.size() == kHolesMax) series.holes.erase(series.holes.begin());
  // A hole across the wrap is remembered up to the wrap only.
  series.holes.emplace(series.due, number > series.due ? number - 1 : UINT32_MAX);
  return Arrival::kGap;
}

Arrival SeriesBook::below(Series& series, size_t place, uint32_t number, uint64_t digest) {
  if (fill_hole(series, number)) {
    recent(place, number) = {static_cast<uint32_t>(place), number, digest};
    ++totals_.late;
    ++series.count;
    return Arrival::kLate;
  }
  const Recent& known = recent(place, number);
  // After a cINReset the same numbers may come again with the octets of before.
  if (series.resets == 0 && known.series == place && known.number == number && known.digest != digest) {
    ++totals_.conflicts;
    return Arrival::kConflict;
  }
  ++totals_.repeats;
  ++series.repeats;
  return Arrival::kRepeat;
}

Arrival SeriesBook::reset(const RecordView& view, uint64_t digest) {
  const size_t place = find(view, interface_ == Interface::kHi2 ? SeriesKind::kIri : SeriesKind::kCc);
  if (place == kSeriesMax) {
    ++totals_.untracked;
    return Arrival::kUntracked;
  }
  Series& series = series_[place];
  if (series.resets > 0 && series.reset_digest == digest) {
    ++totals_.repeats;
    ++series.repeats;
    return Arrival::kRepeat;
  }
  restart(series);
  series.reset_digest = digest;
  if (interface_ == Interface::kHi2) {
    const size_t hi1 = find(view, SeriesKind::kHi1);
    if (hi1 < kSeriesMax) restart(series_[hi1]);
  }
  return count(place, *view.number, digest);
}

}  // namespace lictor::der
