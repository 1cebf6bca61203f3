#include "dataplane/base/config_reader.h"

#include <fmt/format.h>
#include <libconfig.h>

#include <set>

namespace lictor {

struct ConfigFile::State {
  config_t config{};
  std::string name;
  std::string first_error;
  std::map<std::string, std::string> effective;
  std::set<const void*> asked;

  State() { config_init(&config); }
  ~State() { config_destroy(&config); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void refuse(const std::string& path, std::string_view why) {
    if (first_error.empty()) first_error = fmt::format("{}: {}", path, why);
  }
};

namespace {

config_setting_t* as_setting(void* setting) { return static_cast<config_setting_t*>(setting); }

Status syntax_error(const config_t& config, const std::string& name) {
  return absl::InvalidArgumentError(
      fmt::format("{}: line {}: {}", name, config_error_line(&config), config_error_text(&config)));
}

// The path of the first setting below `group` that nobody asked for, or an empty text.
std::string find_unasked(const config_setting_t* group, const std::string& path, const std::set<const void*>& asked) {
  const int count = config_setting_length(group);
  for (int i = 0; i < count; ++i) {
    const config_setting_t* const child = config_setting_get_elem(group, static_cast<unsigned>(i));
    const char* const name = config_setting_name(child);
    const std::string child_path =
        name == nullptr ? fmt::format("{}[{}]", path, i) : fmt::format("{}{}{}", path, path.empty() ? "" : ".", name);
    if (!asked.contains(child)) return child_path;
    if (config_setting_is_aggregate(child) != 0) {
      std::string found = find_unasked(child, child_path, asked);
      if (!found.empty()) return found;
    }
  }
  return {};
}

}  // namespace

ConfigFile::ConfigFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
ConfigFile::~ConfigFile() = default;

Result<std::unique_ptr<ConfigFile>> ConfigFile::open(const std::string& path) {
  auto state = std::make_unique<State>();
  state->name = path;
  if (config_read_file(&state->config, path.c_str()) == CONFIG_TRUE) {
    return std::unique_ptr<ConfigFile>(new ConfigFile(std::move(state)));
  }
  if (config_error_type(&state->config) == CONFIG_ERR_FILE_IO) {
    return absl::NotFoundError(fmt::format("{}: cannot be read", path));
  }
  return syntax_error(state->config, path);
}

Result<std::unique_ptr<ConfigFile>> ConfigFile::parse(const std::string& text) {
  auto state = std::make_unique<State>();
  state->name = "configuration";
  if (config_read_string(&state->config, text.c_str()) != CONFIG_TRUE) return syntax_error(state->config, state->name);
  return std::unique_ptr<ConfigFile>(new ConfigFile(std::move(state)));
}

ConfigGroup ConfigFile::root() { return {this, config_root_setting(&state_->config), ""}; }

Status ConfigFile::finish() {
  if (state_->first_error.empty()) {
    const std::string unknown = find_unasked(config_root_setting(&state_->config), "", state_->asked);
    if (!unknown.empty()) state_->refuse(unknown, "unknown key");
  }
  if (state_->first_error.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(fmt::format("{}: {}", state_->name, state_->first_error));
}

const std::map<std::string, std::string>& ConfigFile::effective() const { return state_->effective; }

std::string ConfigGroup::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void* ConfigGroup::find(std::string_view key) {
  if (setting_ == nullptr) return nullptr;
  config_setting_t* const found = config_setting_get_member(as_setting(setting_), std::string(key).c_str());
  if (found != nullptr) file_->state_->asked.insert(found);
  return found;
}

bool ConfigGroup::has(std::string_view key) const {
  return setting_ != nullptr && config_setting_get_member(as_setting(setting_), std::string(key).c_str()) != nullptr;
}

bool ConfigGroup::is_group(std::string_view key) const {
  if (setting_ == nullptr) return false;
  const config_setting_t* const found = config_setting_get_member(as_setting(setting_), std::string(key).c_str());
  return found != nullptr && config_setting_is_group(found) != 0;
}

void ConfigGroup::note(std::string_view key, std::string value) {
  file_->state_->effective[path_of(key)] = std::move(value);
}

void ConfigGroup::refuse(std::string_view key, std::string_view why) { file_->state_->refuse(path_of(key), why); }

std::string ConfigGroup::text(std::string_view key, const TextRule& rule) {
  config_setting_t* const found = as_setting(find(key));
  if (found == nullptr) {
    if (!rule.fallback) refuse(key, "is missing");
    note(key, rule.fallback.value_or(""));
    return rule.fallback.value_or("");
  }
  if (config_setting_type(found) != CONFIG_TYPE_STRING) {
    refuse(key, "must be a string");
    return {};
  }
  std::string value = config_setting_get_string(found);
  if (value.size() < rule.min || value.size() > rule.max) {
    refuse(key, fmt::format("must have {} to {} characters", rule.min, rule.max));
  }
  note(key, value);
  return value;
}

namespace {

std::optional<int64_t> integer_of(const config_setting_t* setting) {
  const int type = config_setting_type(setting);
  if (type == CONFIG_TYPE_INT) return config_setting_get_int(setting);
  if (type == CONFIG_TYPE_INT64) return config_setting_get_int64(setting);
  return std::nullopt;
}

std::string bounds_of(const IntegerRule& rule) {
  return fmt::format("must be an integer from {} to {}", rule.min, rule.max);
}

}  // namespace

int64_t ConfigGroup::integer(std::string_view key, const IntegerRule& rule) {
  const config_setting_t* const found = as_setting(find(key));
  if (found == nullptr) {
    if (!rule.fallback) refuse(key, "is missing");
    note(key, std::to_string(rule.fallback.value_or(rule.min)));
    return rule.fallback.value_or(rule.min);
  }
  const std::optional<int64_t> value = integer_of(found);
  if (!value || *value < rule.min || *value > rule.max) {
    refuse(key, bounds_of(rule));
    return rule.min;
  }
  note(key, std::to_string(*value));
  return *value;
}

bool ConfigGroup::flag(std::string_view key, std::optional<bool> fallback) {
  const config_setting_t* const found = as_setting(find(key));
  if (found == nullptr) {
    if (!fallback) refuse(key, "is missing");
    note(key, fallback.value_or(false) ? "true" : "false");
    return fallback.value_or(false);
  }
  if (config_setting_type(found) != CONFIG_TYPE_BOOL) refuse(key, "must be true or false");
  note(key, config_setting_get_bool(found) != 0 ? "true" : "false");
  return config_setting_get_bool(found) != 0;
}

std::vector<std::string> ConfigGroup::texts(std::string_view key) {
  config_setting_t* const found = as_setting(find(key));
  std::vector<std::string> values;
  if (found == nullptr) return values;
  if (config_setting_is_array(found) == 0 && config_setting_is_list(found) == 0) {
    refuse(key, "must be a list of strings");
    return values;
  }
  for (int i = 0; i < config_setting_length(found); ++i) {
    const config_setting_t* const element = config_setting_get_elem(found, static_cast<unsigned>(i));
    file_->state_->asked.insert(element);
    if (config_setting_type(element) != CONFIG_TYPE_STRING) {
      refuse(key, "must be a list of strings");
      return {};
    }
    values.emplace_back(config_setting_get_string(element));
    note(fmt::format("{}[{}]", key, i), values.back());
  }
  return values;
}

std::vector<int64_t> ConfigGroup::integers(std::string_view key, const IntegerRule& each) {
  config_setting_t* const found = as_setting(find(key));
  std::vector<int64_t> values;
  if (found == nullptr) return values;
  if (config_setting_is_array(found) == 0 && config_setting_is_list(found) == 0) {
    refuse(key, "must be a list of integers");
    return values;
  }
  for (int i = 0; i < config_setting_length(found); ++i) {
    const config_setting_t* const element = config_setting_get_elem(found, static_cast<unsigned>(i));
    file_->state_->asked.insert(element);
    const std::optional<int64_t> value = integer_of(element);
    if (!value || *value < each.min || *value > each.max) {
      refuse(key, fmt::format("each element {}", bounds_of(each)));
      return {};
    }
    values.push_back(*value);
    note(fmt::format("{}[{}]", key, i), std::to_string(*value));
  }
  return values;
}

ConfigGroup ConfigGroup::group(std::string_view key) {
  config_setting_t* found = as_setting(find(key));
  if (found != nullptr && config_setting_is_group(found) == 0) {
    refuse(key, "must be a group { … }");
    found = nullptr;
  }
  return {file_, found, path_of(key)};
}

std::vector<ConfigGroup> ConfigGroup::groups(std::string_view key) {
  config_setting_t* const found = as_setting(find(key));
  std::vector<ConfigGroup> values;
  if (found == nullptr) return values;
  if (config_setting_is_list(found) == 0) {
    refuse(key, "must be a list of groups ( { … }, … )");
    return values;
  }
  for (int i = 0; i < config_setting_length(found); ++i) {
    config_setting_t* const element = config_setting_get_elem(found, static_cast<unsigned>(i));
    file_->state_->asked.insert(element);
    if (config_setting_is_group(element) == 0) {
      refuse(key, "must be a list of groups ( { … }, … )");
      return {};
    }
    values.push_back(ConfigGroup(file_, element, fmt::format("{}[{}]", path_of(key), i)));
  }
  return values;
}

}  // namespace lictor
