// Collects what is wrong with a request, so that one answer names every field. Used by one thread, for one request.
#pragma once

#include <string>
#include <string_view>

#include "dataplane/base/result.h"
#include "lictor/v1/types.pb.h"

namespace lictor::control {

// Where a serialised lictor.v1.ErrorDetail travels in a Status.
constexpr const char* kErrorDetailUrl = "type.googleapis.com/lictor.v1.ErrorDetail";

class Violations {
 public:
  // At most so many are kept: a request with a thousand bad targets is answered with the first ones.
  static constexpr int kViolationsMax = 32;

  // `field` is a path, "warrant.targets[1].selector". `description` does not repeat the value: it may name a target.
  void add(std::string_view field, std::string_view description);
  // Adds where `holds` is false, and answers `holds`.
  bool expect(bool holds, std::string_view field, std::string_view description);

  [[nodiscard]] bool empty() const { return detail_.violations_size() == 0; }
  // Ok where there are none; else "field: what; field: what" with the ErrorDetail as payload.
  [[nodiscard]] Status status(absl::StatusCode code = absl::StatusCode::kInvalidArgument) const;

 private:
  v1::ErrorDetail detail_;
};

// A refusal for one field.
Status refused(absl::StatusCode code, std::string_view field, std::string_view description);

}  // namespace lictor::control
