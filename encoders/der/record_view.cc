#include "encoders/der/record_view.h"

#include <fmt/format.h>

#include <array>

namespace lictor::der {
namespace {

constexpr std::array<std::string_view, static_cast<size_t>(Kind::kCount)> kKindNames = {"none",
                                                                                        "iri",
                                                                                        "cc",
                                                                                        "hi1",
                                                                                        "encrypted",
                                                                                        "other",
                                                                                        "integrityCheck",
                                                                                        "testPDU",
                                                                                        "paddingPDU",
                                                                                        "keep-alive",
                                                                                        "keep-aliveResponse",
                                                                                        "firstSegmentFlag",
                                                                                        "lastSegmentFlag",
                                                                                        "cINReset",
                                                                                        "operatorLeaMessage",
                                                                                        "optionRequest",
                                                                                        "optionResponse",
                                                                                        "optionComplete",
                                                                                        "pDUAcknowledgementRequest",
                                                                                        "pDUAcknowledgementResponse"};

}  // namespace

std::string_view name_of(Kind kind) { return kKindNames[static_cast<size_t>(kind)]; }

std::string RecordView::complaint() const {
  if (!worst) return "nothing";
  return fmt::format("{} at octet {}, in {}", name_of(*worst), worst_offset, worst_place);
}

}  // namespace lictor::der
