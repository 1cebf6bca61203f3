// What the handover knows of a destination at work: a Connection to an agency's receiver, or a FileOutlet that fills
// its directory. The control thread calls, any thread where it says so.
#pragma once

#include "dataplane/base/clock.h"
#include "encoders/handover/destination.h"
#include "encoders/spool/spool.h"

namespace lictor {

class Outlet {
 public:
  virtual ~Outlet() = default;

  virtual void change(DestinationPlan plan) = 0;
  // Whether every record that was appended is accounted for. Any thread.
  [[nodiscard]] virtual bool drained() const = 0;
  // Everything that a former process left may go now.
  virtual void let_left_go() = 0;
  // Ends delivery and accounts for what is left in the spools. Its thread has let go.
  virtual void finish(LegalTime legal) = 0;
  // Nobody appends any more, and everything is accounted for: takes away what lies on disk. After finish().
  virtual void remove_spools() = 0;
  // Any thread.
  [[nodiscard]] virtual DestinationStatistics statistics() const = 0;
  [[nodiscard]] virtual Spool* spool(size_t encoder) const = 0;
};

}  // namespace lictor
