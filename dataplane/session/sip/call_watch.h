// Which tasks ask for which parties of calls. Immutable: made by the control thread, read by session lcores.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "dataplane/base/ids.h"
#include "dataplane/session/sip/name_index.h"

namespace lictor::sip {

struct AskedName {
  TaskSlot slot{};
  TargetName name;
};

struct CallWatch {
  std::unique_ptr<const NameIndex> index;
  std::vector<TargetName> names;             // by NameNumber
  std::vector<std::vector<TaskSlot>> slots;  // by NameNumber: who asks for it

  // As NameIndex::make(). Several tasks may ask for one name.
  static Result<std::shared_ptr<const CallWatch>> make(std::span<const AskedName> asked, const HashKey& key,
                                                       std::span<const TargetName> shared = {});
};

}  // namespace lictor::sip
