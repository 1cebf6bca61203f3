// Rows and columns for a person at a terminal. One thread.
#pragma once

#include <string>
#include <vector>

namespace lictor::control::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> heads) : rows_{std::move(heads)} {}

  // As many cells as there are heads.
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  [[nodiscard]] bool empty() const { return rows_.size() == 1; }

  // Columns aligned, two blanks apart, no blanks at the ends of lines.
  [[nodiscard]] std::string text() const;
  // `nothing` where there are no rows.
  void print(const char* nothing) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// The same without control characters: nothing in it moves the cursor, or hides what stands before.
std::string printable(std::string text);

// "name  value" lines for one object; empty values are left out.
void print_properties(const std::vector<std::pair<std::string, std::string>>& properties);

}  // namespace lictor::control::cli
