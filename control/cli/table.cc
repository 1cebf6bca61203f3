// Aligned columns. Widths are counted in characters, so that names outside ASCII do not break them.
#include "control/cli/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lictor::control::cli {
namespace {

// Characters, not octets: what is not the second or a later octet of a UTF-8 sequence.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string Table::text() const {
  std::vector<size_t> widths(rows_[0].size(), 0);
  for (const std::vector<std::string>& row : rows_)
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  std::string text;
  for (const std::vector<std::string>& row : rows_) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) line += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

void Table::print(const char* nothing) const {
  if (empty())
    fmt::print("{}\n", nothing);
  else
    fmt::print("{}", text());
}

std::string printable(std::string text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    const bool is_c1 = octet == 0xc2 && next >= 0x80 && next < 0xa0;  // of UTF-8
    if (octet < 0x20 || octet == 0x7f || is_c1) text[i] = '?';
    if (is_c1) text[++i] = '?';
  }
  return text;
}

void print_properties(const std::vector<std::pair<std::string, std::string>>& properties) {
  size_t width = 0;
  for (const auto& [name, value] : properties)
    if (!value.empty()) width = std::max(width, width_of(name));
  for (const auto& [name, value] : properties)
    if (!value.empty()) fmt::print("{}{}  {}\n", name, std::string(width - width_of(name), ' '), printable(value));
}

}  // namespace lictor::control::cli
