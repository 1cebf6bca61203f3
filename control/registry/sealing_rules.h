// What the sealed store has to know of lictord's entries: which keys say something secret, and whose an entry is. Who
// adds a kind of key (keys.h) looks here. Any thread.
#pragma once

#include "control/sealed/sealed_store.h"

namespace lictor::control {

// LIIDs stand in keys, blind. What names a warrant's persons and targets is sealed by the warrant's own key, so that it
// can be erased with it: the warrant itself, what it was, and what dataplanes were told of it. Everything else by the
// store's: a warrant's tombstone too.
SealingRules sealing_rules();

}  // namespace lictor::control
