// What a receiver makes of a record: the answer to a question, which must be strict, and the decoded forms, which must
// be JSON whatever the octets are.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "dataplane/base/check.h"
#include "encoders/der/der_walker.h"
#include "encoders/lemf/answer.h"
#include "encoders/lemf/json_writer.h"
#include "encoders/lemf/record_line.h"
#include "encoders/lemf/record_tree.h"

using namespace lictor;

namespace {

void check_answer(const der::RecordView& question, lemf::OptionManners manners) {
  std::string answer;
  const bool answered = lemf::append_answer(question.record, question.kind, manners, answer);
  LICTOR_CHECK(answered != answer.empty());
  if (!lemf::is_question(question.kind) || !question.deviations.none()) return;
  // A strict question gets a strict answer, but where it asks for no option at all.
  if (!answered && question.kind == der::Kind::kOptionRequest) return;
  der::RecordView response;
  der::walk_record(as_bytes(answer), response);
  LICTOR_CHECK(static_cast<int>(response.kind) == static_cast<int>(question.kind) + 1);
  LICTOR_CHECK(response.deviations.none() && response.number == question.number);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes record(data, size);
  der::RecordView view;
  der::walk_record(record, view);

  std::string line;
  lemf::append_record_line(line, der::Interface::kHi3, 0, view);
  LICTOR_CHECK(nlohmann::json::accept(line));
  std::string tree;
  lemf::JsonWriter json(tree, lemf::JsonStyle::kIndented);
  lemf::write_record_tree(record, json);
  LICTOR_CHECK(nlohmann::json::accept(tree));

  check_answer(view, lemf::OptionManners::kAccept);
  check_answer(view, lemf::OptionManners::kDecline);
  return 0;
}
