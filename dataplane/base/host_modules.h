// The modules by which libc finds hosts (nsswitch.conf(5), "hosts:"). libc loads each at the first look-up that asks
// it, which a process that may map no code any more cannot; so they are loaded before. Main's thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lictor {

// "files", "dns", "resolve": those of an nsswitch.conf, in its order; kHostModulesMax at most, actions in brackets
// left out. Empty where it says nothing of hosts: libc then takes files and dns, which are part of it.
constexpr size_t kHostModulesMax = 16;
std::vector<std::string> host_modules_of(std::string_view nsswitch);

// Of this host, for good. A module that is not there is not there for libc either.
void load_host_modules();

}  // namespace lictor
