// What a receiver makes of a record: the answer to a keep-alive, which must be strict, and the decoded forms, which
// must be JSON whatever the octets are.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "dataplane/base/check.h"
#include "encoders/der/der_walker.h"
#include "encoders/lemf/json_writer.h"
#include "encoders/lemf/keepalive_answer.h"
#include "encoders/lemf/record_line.h"
#include "encoders/lemf/record_tree.h"

using namespace lictor;

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

  std::string answer;
  const bool answered = lemf::append_keepalive_answer(record, answer);
  LICTOR_CHECK(answered != answer.empty());
  if (view.kind != der::Kind::kKeepAlive || !view.deviations.none()) return 0;
  der::RecordView response;
  der::walk_record(as_bytes(answer), response);
  LICTOR_CHECK(response.kind == der::Kind::kKeepAliveResponse && response.deviations.none());
  LICTOR_CHECK(response.number == view.number);
  return 0;
}
