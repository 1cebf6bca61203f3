// The parts of a support bundle that come from this host: configuration files and the machine.
#include <libconfig.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string_view>

#include "control/cli/bundle_view.h"

namespace lictor::control::cli {
namespace {

using Json = nlohmann::ordered_json;

// Texts of configuration files that are words of ours.
const std::set<std::string_view> kKeptTexts = {
    "trace",    "debug",     "info",        "warning",        "error",       "critical", "enforce",   "kill",
    "log",      "off",       "on",          "auto",           "card",        "host",     "mpls",      "pppoe",
    "gre",      "erspan",    "nvgre",       "vxlan",          "vxlan_gpe",   "nsh",      "geneve",    "gtp_u",
    "l2tp",     "all",       "operator",    "approver",       "auditor",     "platform", "dataplane", "agency",
    "--no-pci", "--no-huge", "--no-shconf", "--no-telemetry", "--in-memory", "--lcores", "-l",        "-m"};
// Of the kernel's command line.
const std::set<std::string_view> kKeptParameters = {"isolcpus",   "nohz_full",          "rcu_nocbs", "hugepages",
                                                    "hugepagesz", "default_hugepagesz", "iommu",     "intel_iommu",
                                                    "amd_iommu",  "mitigations"};
constexpr int kDepthMax = 16;

Json setting_view(const config_setting_t& setting, Pseudonyms& pseudonyms, int depth) {
  switch (config_setting_type(&setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
      return config_setting_get_int64(&setting);
    case CONFIG_TYPE_BOOL:
      return config_setting_get_bool(&setting) != 0;
    case CONFIG_TYPE_FLOAT:
      return config_setting_get_float(&setting);
    case CONFIG_TYPE_STRING: {
      const std::string text = config_setting_get_string(&setting);
      return text.empty() || kKeptTexts.contains(text) ? text : pseudonyms.of("text", text);
    }
    default:
      break;
  }
  const bool has_names = config_setting_is_group(&setting) != 0;
  Json view = has_names ? Json::object() : Json::array();
  const int count = depth == kDepthMax ? 0 : config_setting_length(&setting);
  for (int i = 0; i < count; ++i) {
    const config_setting_t* const each = config_setting_get_elem(&setting, static_cast<unsigned>(i));
    Json value = setting_view(*each, pseudonyms, depth + 1);
    if (has_names)
      view[config_setting_name(each)] = std::move(value);
    else
      view.push_back(std::move(value));
  }
  return view;
}

std::string first_line(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// "HugePages_Total:    1024" -> 1024, of the lines that are asked for.
Json memory_view() {
  static const std::set<std::string> kKept = {"MemTotal",       "MemAvailable", "SwapTotal", "HugePages_Total",
                                              "HugePages_Free", "Hugepagesize", "Mlocked"};
  Json view = Json::object();
  std::ifstream file("/proc/meminfo");
  for (std::string name, rest; file >> name && std::getline(file, rest);) {
    name.pop_back();
    if (kKept.contains(name)) view[name] = std::strtoull(rest.c_str(), nullptr, 10);
  }
  return view;
}

Json parameters_view() {
  Json view = Json::array();
  std::ifstream file("/proc/cmdline");
  for (std::string word; file >> word;)
    if (kKeptParameters.contains(std::string_view(word).substr(0, word.find('=')))) view.push_back(word);
  return view;
}

Json cards_view(Pseudonyms& pseudonyms) {
  Json view = Json::array();
  std::error_code error;
  for (const auto& card : std::filesystem::directory_iterator("/sys/class/net", error)) {
    Json facts = {{"card", pseudonyms.of("card", card.path().filename())}};
    const std::filesystem::path driver = std::filesystem::read_symlink(card.path() / "device/driver", error);
    if (!error) facts["driver"] = driver.filename();
    for (const char* const fact : {"mtu", "speed", "operstate", "carrier_changes"})
      facts[fact] = first_line(card.path() / fact);
    view.push_back(std::move(facts));
  }
  return view;
}

}  // namespace

Result<Json> view_of_config(const std::string& path, Pseudonyms& pseudonyms) {
  if (!std::filesystem::exists(path)) return absl::NotFoundError("is not there");
  config_t config;
  config_init(&config);
  const std::unique_ptr<config_t, decltype(&config_destroy)> owner(&config, config_destroy);
  if (config_read_file(&config, path.c_str()) != CONFIG_TRUE) return absl::InvalidArgumentError("cannot be read");
  return setting_view(*config_root_setting(&config), pseudonyms, 0);
}

Json view_of_host(Pseudonyms& pseudonyms) {
  utsname name{};
  ::uname(&name);
  std::string system;
  std::ifstream release("/etc/os-release");
  for (std::string line; std::getline(release, line);)
    if (line.starts_with("VERSION_ID=") || line.starts_with("ID=")) system += (system.empty() ? "" : " ") + line;
  return {{"kernel", name.release},         {"machine", name.machine},
          {"distribution", system},         {"processors", ::sysconf(_SC_NPROCESSORS_ONLN)},
          {"memory", memory_view()},        {"kernel_parameters", parameters_view()},
          {"cards", cards_view(pseudonyms)}};
}

}  // namespace lictor::control::cli
