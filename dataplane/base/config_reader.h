// Configuration files (libconfig), read with every key accounted for: a missing, mistyped, out-of-bounds or unknown key
// is an error that names its path ("ports[0].device"). Used at start, by one thread.
//
//   ConfigFile file = …; ConfigGroup root = file.root();
//   const auto id = root.text("network_element_id", {.min = 1, .max = 16});
//   ConfigGroup buffers = root.group("buffers");            // optional: absent reads as empty
//   const auto bytes = buffers.integer("ring_bytes", {.min = 65536, .max = 1 << 30, .fallback = 4 << 20});
//   if (Status status = file.finish(); !status.ok()) …       // the first error, also of keys that nobody asked for
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/base/result.h"

namespace lictor {

struct TextRule {
  size_t min = 0;
  size_t max = 4096;
  std::optional<std::string> fallback = {};  // absent key: this; without it the key is mandatory
};

struct IntegerRule {
  int64_t min = 0;
  int64_t max = INT64_MAX;
  std::optional<int64_t> fallback = {};
};

class ConfigFile;

// One group of a file. Holds a reference to its file. Reading a bad key records the error in the file and answers a
// harmless value, so that callers read everything and ask once.
class ConfigGroup {
 public:
  std::string text(std::string_view key, const TextRule& rule = {});
  int64_t integer(std::string_view key, const IntegerRule& rule = {});
  bool flag(std::string_view key, std::optional<bool> fallback = std::nullopt);
  // A list or array of texts; absent: empty.
  std::vector<std::string> texts(std::string_view key);
  std::vector<int64_t> integers(std::string_view key, const IntegerRule& each = {});
  // A nested group; absent: an empty one, whose mandatory keys are then errors.
  ConfigGroup group(std::string_view key);
  // A list of groups; absent: empty.
  std::vector<ConfigGroup> groups(std::string_view key);
  [[nodiscard]] bool has(std::string_view key) const;
  // Of a key that may be a plain value or a group.
  [[nodiscard]] bool is_group(std::string_view key) const;
  // Records an error about `key` that only the caller can see.
  void refuse(std::string_view key, std::string_view why);
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  friend class ConfigFile;
  ConfigGroup(ConfigFile* file, void* setting, std::string path)
      : file_(file), setting_(setting), path_(std::move(path)) {}
  [[nodiscard]] std::string path_of(std::string_view key) const;
  void note(std::string_view key, std::string value);
  void* find(std::string_view key);

  ConfigFile* file_;
  void* setting_;  // config_setting_t*, or null for an absent group
  std::string path_;
};

class ConfigFile {
 public:
  // NotFound, or InvalidArgument with the line of a syntax error.
  static Result<std::unique_ptr<ConfigFile>> open(const std::string& path);
  static Result<std::unique_ptr<ConfigFile>> parse(const std::string& text);
  ~ConfigFile();
  ConfigFile(const ConfigFile&) = delete;
  ConfigFile& operator=(const ConfigFile&) = delete;

  ConfigGroup root();
  // Ok where every key was asked for and every rule held; else InvalidArgument: "file: key: what is wrong".
  Status finish();
  // What was asked for so far, by its path, as it holds: from the file, or the fallback.
  [[nodiscard]] const std::map<std::string, std::string>& effective() const;

 private:
  friend class ConfigGroup;
  struct State;
  explicit ConfigFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace lictor
