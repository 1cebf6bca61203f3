// The names that tasks ask for, of parties of calls, in a table that is asked for every message: one exact look each,
// and one for each length that ranges of numbers have, whose cost does not depend on how many there are. Immutable:
// made by the control thread, read by session lcores.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dataplane/base/identity.h"
#include "dataplane/base/number_range.h"
#include "dataplane/base/result.h"
#include "dataplane/packet/sip_hash.h"
#include "dataplane/session/sip/identities.h"

namespace lictor::sip {

struct TargetName {
  IdentityKind kind = IdentityKind::kSipUri;  // kSipUri to kImpu
  std::string value;                          // any form of it that normal_form() takes
};

// The kind that a name is found by in messages: a public identity (kImpu) is a SIP or a tel URI there, as `form`, its
// normal form, is. Any thread.
[[nodiscard]] IdentityKind kind_shown(IdentityKind kind, Bytes form);

// As they were given to NameIndex::make(): what a name means to whom is the asker's business.
using NameNumber = uint32_t;

constexpr uint32_t kTargetNamesMax = 1 << 24;

// A number itself, and a range that it is in of each length.
constexpr size_t kNumberNamesMax = 1 + kNumberDigitsMax - kRangeDigitsMin + 1;
using NumberNames = UpTo<NameNumber, kNumberNamesMax>;

class NameIndex {
 public:
  // InvalidArgument, with its place and not its text, of a name that has no normal form or is of no call;
  // ResourceExhausted of more than kTargetNamesMax. Names that are the same share the first one's number. `shared` are
  // those that many have: nobody's, whatever range they are in, and so is what is in a range of theirs. Of them what is
  // no name of a call's party is left out.
  static Result<std::unique_ptr<const NameIndex>> make(std::span<const TargetName> names, const HashKey& key,
                                                       std::span<const TargetName> shared = {});

  // The name of one kind, in its form; nullopt: nobody asks for it, or many have it. `kind` is one that messages show,
  // as kind_shown() has it. Of a range it is the range. No allocation.
  [[nodiscard]] std::optional<NameNumber> find(IdentityKind kind, Bytes form) const noexcept;
  // Whom a number means, in its form: itself, then the ranges that it is in, the narrowest first. `names` is
  // overwritten. No allocation.
  void find_number(Bytes form, NumberNames& names) const noexcept;
  // Whether any name is of that kind, of those that messages show: what nobody asks for need not be looked for.
  [[nodiscard]] bool has(IdentityKind kind) const noexcept { return (kinds_ >> static_cast<unsigned>(kind) & 1) != 0; }
  // Without those that many have.
  [[nodiscard]] size_t size() const { return entries_.size() - shared_; }
  [[nodiscard]] size_t bytes() const;

 private:
  struct Entry {
    NameNumber number = 0;
    uint32_t offset = 0;  // of its form in texts_
    uint8_t bytes = 0;
    IdentityKind kind{};
  };
  // 0 in `entry`: free; else an entry's index + 1.
  struct Slot {
    uint32_t tag = 0;
    uint32_t entry = 0;
  };

  explicit NameIndex(const HashKey& key) : key_(key) {}
  void lay_out(size_t names);
  void add(NameNumber number, IdentityKind kind, Bytes form);
  void add_shared(const TargetName& name);
  [[nodiscard]] const Entry* look(IdentityKind kind, Bytes form) const noexcept;
  [[nodiscard]] uint64_t hash_of(IdentityKind kind, Bytes form) const noexcept;

  HashKey key_;
  uint32_t kinds_ = 0;          // of names
  uint32_t range_lengths_ = 0;  // bit n: there is a range of n digits
  size_t shared_ = 0;           // entries
  uint64_t filter_mask_ = 0;    // bits - 1
  uint64_t slot_mask_ = 0;
  std::vector<uint64_t> filter_;  // 16 to 32 bits a name: answers for nearly all strangers from a near cache
  std::vector<Slot> slots_;       // half full at most
  std::vector<Entry> entries_;
  std::vector<uint8_t> texts_;
};

struct NameMatch {
  NameNumber name = 0;
  IdentityRole role = IdentityRole::kTo;
  friend bool operator==(const NameMatch&, const NameMatch&) = default;
};

// An identity is a SIP address, a user's name and a number at most: none is pushed out by others.
constexpr size_t kNameMatchesMax = (2 + kNumberNamesMax) * kFoundIdentitiesMax;
using NameMatches = UpTo<NameMatch, kNameMatchesMax>;

// Which of the index's names the identities are, each once for a role, in the identities' order. `matches` is
// overwritten. No allocation.
void match_names(const FoundIdentities& found, const NumberPlan& plan, const NameIndex& index,
                 NameMatches& matches) noexcept;

}  // namespace lictor::sip
