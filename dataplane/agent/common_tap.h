// What two versions of a tap both order. When a change of a tap is refused, no more than that may go on being copied:
// what the change takes away has lost its order, whether or not what it adds finds room. Pure, any thread.
#pragma once

#include "dataplane/agent/directive.h"

namespace lictor {

// Errs towards less: of targets those that the other version has too, or lies in one of its own; both windows, both
// contents, the exclusions of both, the patterns that both have. Where both have patterns and share none, no content.
// Its `octets` are empty: it is nobody's message.
TapDirective common_tap(const TapDirective& before, const TapDirective& after);

// Whether all that `narrow` takes in `wide` takes in, too.
bool lies_in(const TapTarget& narrow, const TapTarget& wide);
bool lies_in(const TapIdentity& narrow, const TapIdentity& wide);
bool lies_in(const IpPrefix& narrow, const IpPrefix& wide);

// Whether both order the same, whatever message said so.
bool orders_the_same(const TapDirective& one, const TapDirective& other);

}  // namespace lictor
