// Tasks that ask for parties of calls, as the tests of a desk keep them. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/session/sip/call_watch.h"
#include "dataplane/session/task_office.h"

namespace lictor::sip {

using WatchedTasks = std::map<TaskSlot, WatchedTask>;

// Of SIP URIs without their scheme, whenever they are called.
inline WatchedTask task_for(TaskSlot slot, const std::vector<std::string>& uris, bool cc) {
  WatchedTask task{.slot = slot, .start = {1}, .stop = {INT64_MAX}, .cc = cc};
  for (const std::string& uri : uris) task.identities.push_back({IdentityKind::kSipUri, uri});
  return task;
}

inline const WatchedTask* find_task(const WatchedTasks& tasks, TaskSlot slot) {
  const auto found = tasks.find(slot);
  return found == tasks.end() ? nullptr : &found->second;
}

inline std::shared_ptr<const CallWatch> watch_of(const WatchedTasks& tasks) {
  std::vector<AskedName> asked;
  for (const auto& [slot, task] : tasks)
    for (const WatchedIdentity& identity : task.identities) asked.push_back({slot, {identity.kind, identity.value}});
  return *CallWatch::make(asked, {5, 6});
}

}  // namespace lictor::sip
