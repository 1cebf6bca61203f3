// What a receiver answers to a sender's questions (TS 102 232-1): to a keep-alive, to a request for options, and to a
// request for an acknowledgement. Each has the question's own header, so that the sequence number is the same. Any
// thread.
#pragma once

#include <cstdint>
#include <string>

#include "dataplane/base/bytes.h"
#include "encoders/der/record_view.h"

namespace lictor::lemf {

// What becomes of a sender's wish to have PDUs acknowledged.
enum class OptionManners : uint8_t { kAccept, kDecline, kSilent };

// Whether that kind of record is a question.
bool is_question(der::Kind kind);

// Appends the answer to `out`; false, and nothing appended, where `question` has no header to give back or, asking for
// options, names none, or where the manners say so.
bool append_answer(Bytes question, der::Kind kind, OptionManners manners, std::string& out);

}  // namespace lictor::lemf
