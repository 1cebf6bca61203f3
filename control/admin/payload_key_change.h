// What one commit does with payload keys of warrants: they are staged before it and take effect behind it; where it
// fails they go again. Private to control/admin, under the administration's mutex.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/admin/administration.h"

namespace lictor::control {

class Administration::PayloadKeyChange {
 public:
  explicit PayloadKeyChange(Administration& administration) : administration_(administration) {}
  PayloadKeyChange(const PayloadKeyChange&) = delete;
  PayloadKeyChange& operator=(const PayloadKeyChange&) = delete;
  ~PayloadKeyChange();

  // By this agency's profile the warrant has a key: one is made where there is none. FailedPrecondition where it has
  // one of another length.
  Status need(const std::string& warrant_id, const v1::Agency& agency);
  // The same with the key that was given, of the right length; empty: none was.
  Status take(const std::string& warrant_id, const std::string& given, const v1::Agency& agency);
  // Whether a warrant gets another key than it had, or had none.
  [[nodiscard]] bool changes() const { return !staged_.empty(); }
  // What whoever asked for the change should know of it.
  void warn(std::vector<std::string>& warnings) const;

  // Behind the commit, before anybody is told.
  void committed();
  // Behind that, where no reply says so: an alarm for each warrant that was given one, whose agency needs it.
  void tell_made() const;

 private:
  Status stage(const std::string& warrant_id, const std::string& key);

  Administration& administration_;
  std::map<std::string, size_t> staged_;  // how many octets, by warrant
  std::set<std::string> made_;            // for these warrants, by us
  bool replaces_ = false;
};

}  // namespace lictor::control
