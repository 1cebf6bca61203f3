// Whose warrants somebody may see: those of his desks, and those that are of no desk. Another desk's are to him as if
// they were not there. Any thread.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace lictor::control {

// 1 to 63 of [a-z0-9-].
inline bool is_desk(std::string_view text) {
  constexpr size_t kDeskBytesMax = 63;
  return !text.empty() && text.size() <= kDeskBytesMax &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

class DeskSet {
 public:
  static constexpr size_t kDesksMax = 64;
  static constexpr std::string_view kEvery = "*";  // how a certificate or the configuration says `all`

  DeskSet() = default;  // of none: sees what is of no desk
  static DeskSet all() {
    DeskSet desks;
    desks.all_ = true;
    return desks;
  }

  // False: it is no name of a desk, or one too many.
  bool add(std::string_view desk) {
    if (desk == kEvery) all_ = true;
    if (desk == kEvery) return true;
    return is_desk(desk) && desks_.size() < kDesksMax && desks_.emplace(desk).second;
  }

  [[nodiscard]] bool sees(const std::string& desk) const { return all_ || desk.empty() || desks_.count(desk) != 0; }
  [[nodiscard]] bool sees_all() const { return all_; }
  // Without what `all` adds to them.
  [[nodiscard]] const std::set<std::string>& names() const { return desks_; }
  [[nodiscard]] bool empty() const { return !all_ && desks_.empty(); }
  // Where what somebody files belongs, unless he says so: his only desk, else none.
  [[nodiscard]] std::string own() const { return !all_ && desks_.size() == 1 ? *desks_.begin() : std::string(); }
  // Whether he may file for it: a person of some desks files for one of them, and not for everybody.
  [[nodiscard]] bool may_file(const std::string& desk) const {
    return all_ || (desk.empty() ? desks_.empty() : desks_.count(desk) != 0);
  }

  friend bool operator==(const DeskSet&, const DeskSet&) = default;

 private:
  bool all_ = false;
  std::set<std::string> desks_;
};

}  // namespace lictor::control
