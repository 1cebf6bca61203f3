#include "dataplane/session/sip/name_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "dataplane/base/octet_text.h"
#include "dataplane/session/sip/address_list.h"

namespace lictor::sip {
namespace {

constexpr size_t kFilterBitsAName = 16;
constexpr size_t kFilterBitsMin = 64;
constexpr NameNumber kNobody = UINT32_MAX;  // of a name that many have

// Two bits of one hash (Kirsch, Mitzenmacher): both in one word, so that a look is one line of cache.
uint64_t filter_bits(uint64_t hash) { return uint64_t{1} << (hash >> 58) | uint64_t{1} << (hash >> 52 & 63); }

}  // namespace

IdentityKind kind_shown(IdentityKind kind, Bytes form) {
  if (kind != IdentityKind::kImpu) return kind;
  return find_octet(form, '@') == kNoOctet ? IdentityKind::kTelUri : IdentityKind::kSipUri;
}

Result<std::unique_ptr<const NameIndex>> NameIndex::make(std::span<const TargetName> names, const HashKey& key,
                                                         std::span<const TargetName> shared) {
  if (names.size() + shared.size() > kTargetNamesMax)
    return absl::ResourceExhaustedError(fmt::format("names: more than {}", kTargetNamesMax));
  std::unique_ptr<NameIndex> index(new NameIndex(key));
  index->lay_out(names.size() + shared.size());
  for (const TargetName& name : shared) index->add_shared(name);
  std::array<uint8_t, kIdentityBytesMax> form{};
  for (size_t i = 0; i < names.size(); ++i) {
    const TargetName& name = names[i];
    const size_t bytes = is_of_calls(name.kind) ? normal_form(name.kind, as_bytes(name.value), {}, form) : 0;
    if (bytes == 0) return absl::InvalidArgumentError("names[" + std::to_string(i) + "]: is no name of a call's party");
    const Bytes text = Bytes(form).first(bytes);
    const IdentityKind kind = kind_shown(name.kind, text);
    index->kinds_ |= 1U << static_cast<unsigned>(kind);
    index->add(static_cast<NameNumber>(i), kind, text);
  }
  return index;
}

void NameIndex::add_shared(const TargetName& name) {
  std::array<uint8_t, kIdentityBytesMax> form{};
  const size_t bytes = is_of_calls(name.kind) ? normal_form(name.kind, as_bytes(name.value), {}, form) : 0;
  if (bytes == 0) return;
  const Bytes text = Bytes(form).first(bytes);
  add(kNobody, kind_shown(name.kind, text), text);
  shared_ = entries_.size();
}

void NameIndex::lay_out(size_t names) {
  const size_t bits = std::bit_ceil(std::max(names * kFilterBitsAName, kFilterBitsMin));
  filter_.resize(bits / 64);
  filter_mask_ = filter_.size() - 1;
  slots_.resize(std::bit_ceil(names * 2 + 2));
  slot_mask_ = slots_.size() - 1;
  entries_.reserve(names);
}

uint64_t NameIndex::hash_of(IdentityKind kind, Bytes form) const noexcept {
  const uint64_t word = static_cast<uint64_t>(kind);
  return sip_hash(key_, {&word, 1}, form).low;
}

void NameIndex::add(NameNumber number, IdentityKind kind, Bytes form) {
  if (look(kind, form) != nullptr) return;
  const uint64_t hash = hash_of(kind, form);
  filter_[hash & filter_mask_] |= filter_bits(hash);
  if (const size_t digits = range_digits(kind, form); digits != 0) range_lengths_ |= 1U << digits;
  uint64_t at = hash >> 8 & slot_mask_;
  while (slots_[at].entry != 0) at = (at + 1) & slot_mask_;
  entries_.push_back({.number = number,
                      .offset = static_cast<uint32_t>(texts_.size()),
                      .bytes = static_cast<uint8_t>(form.size()),
                      .kind = kind});
  slots_[at] = {.tag = static_cast<uint32_t>(hash >> 32), .entry = static_cast<uint32_t>(entries_.size())};
  texts_.insert(texts_.end(), form.begin(), form.end());
}

const NameIndex::Entry* NameIndex::look(IdentityKind kind, Bytes form) const noexcept {
  const uint64_t hash = hash_of(kind, form);
  const uint64_t bits = filter_bits(hash);
  if ((filter_[hash & filter_mask_] & bits) != bits) return nullptr;
  for (uint64_t at = hash >> 8 & slot_mask_; slots_[at].entry != 0; at = (at + 1) & slot_mask_) {
    if (slots_[at].tag != static_cast<uint32_t>(hash >> 32)) continue;
    const Entry& entry = entries_[slots_[at].entry - 1];
    if (entry.kind == kind && same_octets(Bytes(texts_).subspan(entry.offset, entry.bytes), form)) return &entry;
  }
  return nullptr;
}

std::optional<NameNumber> NameIndex::find(IdentityKind kind, Bytes form) const noexcept {
  if (!has(kind) || form.empty()) return std::nullopt;
  const Entry* const entry = look(kind, form);
  return entry == nullptr || entry->number == kNobody ? std::nullopt : std::optional(entry->number);
}

void NameIndex::find_number(Bytes form, NumberNames& names) const noexcept {
  names.clear();
  std::array<uint8_t, 1 + kNumberDigitsMax + kRangeMark.size()> range;
  if (!has(IdentityKind::kTelUri) || form.empty() || form.size() > 1 + kNumberDigitsMax) return;
  // False of what many have.
  const auto take = [&](Bytes name) {
    const Entry* const entry = look(IdentityKind::kTelUri, name);
    if (entry != nullptr && entry->number == kNobody) return false;
    if (entry != nullptr) names.add(entry->number);
    return true;
  };
  bool is_somebody = take(form);
  std::ranges::copy(form, range.begin());
  for (uint32_t lengths = range_lengths_; lengths != 0 && is_somebody;) {
    const auto digits = static_cast<size_t>(std::bit_width(lengths) - 1);
    lengths ^= 1U << digits;
    if (1 + digits > form.size()) continue;
    range[1 + digits] = static_cast<uint8_t>(kRangeMark[0]);
    is_somebody = take(Bytes(range).first(1 + digits + kRangeMark.size()));
  }
  if (!is_somebody) names.clear();
}

size_t NameIndex::bytes() const {
  return filter_.size() * sizeof(uint64_t) + slots_.size() * sizeof(Slot) + entries_.capacity() * sizeof(Entry) +
         texts_.capacity();
}

namespace {

class Matcher {
 public:
  Matcher(const NameIndex& index, NameMatches& matches) : index_(index), matches_(matches) {}

  void ask(IdentityRole role, IdentityKind kind, Bytes form) {
    if (const std::optional<NameNumber> name = index_.find(kind, form)) add({.name = *name, .role = role});
  }

  void ask_number(IdentityRole role, Bytes form) {
    index_.find_number(form, numbers_);
    for (const NameNumber name : numbers_.all()) add({.name = name, .role = role});
  }

  void ask_uri(IdentityRole role, const CallUri& uri, const NumberPlan& plan) {
    write_name_forms(uri, plan, forms_);
    ask(role, IdentityKind::kSipUri, forms_.address());
    ask(role, IdentityKind::kSipUser, forms_.user());
    if (forms_.number) ask_number(role, forms_.number->all());
  }

  // "alice@ims.example.org" is an IMPI; in networks that are no IMS the name may be the user's part alone.
  void ask_credentials(IdentityRole role, Bytes quoted) {
    if (quoted.size() > kIdentityBytesMax) return;
    std::array<uint8_t, kIdentityBytesMax> name;
    std::array<uint8_t, kIdentityBytesMax> form;
    const Bytes shown = Bytes(name).first(write_unquoted(quoted, name));
    ask(role, IdentityKind::kImpi, Bytes(form).first(normal_form(IdentityKind::kImpi, shown, {}, form)));
    ask(role, IdentityKind::kSipUser, Bytes(form).first(normal_form(IdentityKind::kSipUser, shown, {}, form)));
  }

 private:
  // Identities of one role follow each other.
  void add(const NameMatch& match) {
    for (size_t i = matches_.count; i > 0 && matches_.items[i - 1].role == match.role; --i)
      if (matches_.items[i - 1] == match) return;
    matches_.add(match);
  }

  const NameIndex& index_;
  NameMatches& matches_;
  NameForms forms_;
  NumberNames numbers_;
};

}  // namespace

void match_names(const FoundIdentities& found, const NumberPlan& plan, const NameIndex& index,
                 NameMatches& matches) noexcept {
  matches.clear();
  Matcher matcher(index, matches);
  for (const FoundIdentity& identity : found.all.all()) {
    if (identity.role == IdentityRole::kAuthenticated) {
      matcher.ask_credentials(identity.role, identity.uri.user);
    } else {
      matcher.ask_uri(identity.role, identity.uri, plan);
    }
  }
}

}  // namespace lictor::sip
