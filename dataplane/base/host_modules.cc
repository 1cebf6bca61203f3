#include "dataplane/base/host_modules.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace lictor {
namespace {

constexpr const char* kNsswitch = "/etc/nsswitch.conf";
constexpr std::string_view kBlank = " \t\r";

// Takes the first of `text` up to one of `ends`, which goes too.
std::string_view take_until(std::string_view& text, std::string_view ends) {
  const size_t end = text.find_first_of(ends);
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

std::string_view without_blanks_before(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlank);
  return begin == std::string_view::npos ? std::string_view() : text.substr(begin);
}

std::vector<std::string> modules_in(std::string_view services) {
  std::vector<std::string> modules;
  while (modules.size() < kHostModulesMax) {
    services = without_blanks_before(services);
    if (services.empty()) break;
    if (services.front() == '[') {
      take_until(services, "]");
      continue;
    }
    const size_t end = services.find_first_of(" \t\r[");
    modules.emplace_back(services.substr(0, end));
    services.remove_prefix(end == std::string_view::npos ? services.size() : end);
  }
  return modules;
}

}  // namespace

std::vector<std::string> host_modules_of(std::string_view nsswitch) {
  while (!nsswitch.empty()) {
    std::string_view line = take_until(nsswitch, "\n");
    line = without_blanks_before(take_until(line, "#"));
    constexpr std::string_view kHosts = "hosts:";
    if (line.starts_with(kHosts)) return modules_in(line.substr(kHosts.size()));
  }
  return {};
}

void load_host_modules() {
  std::ifstream file(kNsswitch);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  // Never closed: libc finds it loaded.
  for (const std::string& module : host_modules_of(text))
    ::dlopen(fmt::format("libnss_{}.so.2", module).c_str(), RTLD_NOW);
}

}  // namespace lictor
