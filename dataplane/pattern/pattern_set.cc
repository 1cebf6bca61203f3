#include "dataplane/pattern/pattern_set.h"

#include <fmt/format.h>
#include <hs/hs.h>

#include <string>

namespace lictor {
namespace {

struct ErrorFree {
  void operator()(hs_compile_error_t* error) const { hs_free_compile_error(error); }
};
using ErrorOwner = std::unique_ptr<hs_compile_error_t, ErrorFree>;

struct InfoFree {
  void operator()(hs_expr_info_t* info) const { std::free(info); }  // NOLINT(cppcoreguidelines-no-malloc): Hyperscan's
};

Status refused(size_t pattern, std::string_view why) {
  return absl::InvalidArgumentError(fmt::format("patterns[{}]: {}", pattern, why));
}

// Hyperscan's own words, up to where they might quote the expression.
std::string reason_of(const ErrorOwner& error) {
  if (error == nullptr || error->message == nullptr) return "cannot be compiled";
  const std::string_view text = error->message;
  return std::string(text.substr(0, text.find_first_of("'\"")));
}

// A literal is an expression of escaped octets: both kinds then stand in one database.
std::string expression_of(const Pattern& pattern) {
  if (pattern.kind == PatternKind::kExpression) return pattern.octets;
  std::string expression;
  for (const char octet : pattern.octets) expression += fmt::format("\\x{:02x}", static_cast<uint8_t>(octet));
  return expression;
}

unsigned flags_of(const Pattern& pattern) { return HS_FLAG_DOTALL | (pattern.any_case ? HS_FLAG_CASELESS : 0U); }

// What can be said of a pattern without compiling it.
Status check_pattern(const Pattern& pattern, size_t index, const PatternLimits& limits) {
  if (pattern.octets.empty()) return refused(index, "is empty");
  if (pattern.octets.size() > limits.pattern_bytes_max)
    return refused(index, fmt::format("is longer than {} octets", limits.pattern_bytes_max));
  if (pattern.kind == PatternKind::kLiteral) return absl::OkStatus();
  if (pattern.octets.find('\0') != std::string::npos) return refused(index, "has a NUL octet: it is written \\x00");
  // Of a packet that is not the text that such a verb promises nobody knows what would match.
  if (pattern.octets.starts_with("(*")) return refused(index, "begins with a verb, and octets are no text");
  hs_expr_info_t* found = nullptr;
  hs_compile_error_t* raw_error = nullptr;
  const hs_error_t failed = hs_expression_info(pattern.octets.c_str(), flags_of(pattern), &found, &raw_error);
  const std::unique_ptr<hs_expr_info_t, InfoFree> info(found);
  const ErrorOwner error(raw_error);
  if (failed != HS_SUCCESS) return refused(index, reason_of(error));
  if (info->matches_only_at_eod != 0)
    return refused(index, "matches at the end of a stream only, which is never known");
  return absl::OkStatus();
}

Result<DatabaseOwner> compile_all(std::span<const Pattern> patterns, size_t first_index, unsigned mode) {
  std::vector<std::string> expressions;
  std::vector<const char*> texts;
  std::vector<unsigned> flags;
  std::vector<unsigned> ids;
  for (const Pattern& pattern : patterns) expressions.push_back(expression_of(pattern));
  for (size_t i = 0; i < patterns.size(); ++i) {
    texts.push_back(expressions[i].c_str());
    flags.push_back(flags_of(patterns[i]));
    ids.push_back(static_cast<unsigned>(i));
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* raw_error = nullptr;
  const hs_error_t failed = hs_compile_multi(texts.data(), flags.data(), ids.data(),
                                             static_cast<unsigned>(texts.size()), mode, nullptr, &database, &raw_error);
  const ErrorOwner error(raw_error);
  if (failed == HS_SUCCESS) return DatabaseOwner(database);
  const bool of_one = error != nullptr && error->expression >= 0;
  if (!of_one && patterns.size() != 1) return absl::InvalidArgumentError("patterns: together: " + reason_of(error));
  return refused(first_index + static_cast<size_t>(of_one ? error->expression : 0), reason_of(error));
}

std::atomic<uint64_t> last_id{0};

}  // namespace

void DatabaseFree::operator()(hs_database* database) const { hs_free_database(database); }
void ScratchFree::operator()(hs_scratch* scratch) const { hs_free_scratch(scratch); }

Status PatternSet::supported() {
  if (hs_valid_platform() == HS_SUCCESS) return absl::OkStatus();
  return absl::FailedPreconditionError("patterns: this processor lacks SSSE3, which Hyperscan needs");
}

PatternSet::PatternSet() : id_(last_id.fetch_add(1, std::memory_order_relaxed) + 1) {}

Result<std::unique_ptr<const PatternSet>> PatternSet::compile(std::span<const Pattern> patterns,
                                                              const PatternLimits& limits, size_t lcores,
                                                              const std::atomic<bool>& given_up) {
  if (Status status = supported(); !status.ok()) return status;
  if (patterns.empty()) return absl::InvalidArgumentError("patterns: none");
  if (patterns.size() > limits.patterns_max)
    return absl::InvalidArgumentError(fmt::format("patterns: more than {}", limits.patterns_max));
  for (size_t i = 0; i < patterns.size(); ++i) {
    if (Status status = check_pattern(patterns[i], i, limits); !status.ok()) return status;
  }
  // Each alone first: who has given up waits for one pattern at most, and the refusal names the pattern.
  for (size_t i = 0; i < patterns.size() && patterns.size() > 1; ++i) {
    const Result<DatabaseOwner> alone = compile_all(patterns.subspan(i, 1), i, HS_MODE_STREAM);
    if (!alone.ok()) return alone.status();
    if (given_up.load(std::memory_order_relaxed)) return absl::AbortedError("patterns: given up");
  }
  std::unique_ptr<PatternSet> set(new PatternSet);
  for (const Pattern& pattern : patterns) {
    set->reaches_flow_.push_back(pattern.reach == PatternReach::kFlow);
    set->any_reaches_flow_ |= set->reaches_flow_.back();
  }
  if (Status status = set->add_databases(patterns, limits); !status.ok()) return status;
  if (Status status = set->add_scratch(lcores); !status.ok()) return status;
  return set;
}

Status PatternSet::add_databases(std::span<const Pattern> patterns, const PatternLimits& limits) {
  Result<DatabaseOwner> packets = compile_all(patterns, 0, HS_MODE_BLOCK);
  if (!packets.ok()) return packets.status();
  Result<DatabaseOwner> streams = compile_all(patterns, 0, HS_MODE_STREAM);
  if (!streams.ok()) return streams.status();
  packets_ = *std::move(packets);
  streams_ = *std::move(streams);
  size_t packets_bytes = 0;
  size_t streams_bytes = 0;
  size_t state_bytes = 0;
  if (hs_database_size(packets_.get(), &packets_bytes) != HS_SUCCESS ||
      hs_database_size(streams_.get(), &streams_bytes) != HS_SUCCESS ||
      hs_stream_size(streams_.get(), &state_bytes) != HS_SUCCESS) {
    return absl::InternalError("patterns: Hyperscan does not know its own database");
  }
  if (packets_bytes + streams_bytes > limits.database_bytes_max) {
    return absl::ResourceExhaustedError(fmt::format("patterns: compiled they take {} octets, and {} are allowed",
                                                    packets_bytes + streams_bytes, limits.database_bytes_max));
  }
  if (state_bytes > limits.stream_state_bytes_max) {
    return absl::ResourceExhaustedError(fmt::format("patterns: a stream's state takes {} octets, and {} are allowed",
                                                    state_bytes, limits.stream_state_bytes_max));
  }
  return absl::OkStatus();
}

Status PatternSet::add_scratch(size_t lcores) {
  hs_scratch_t* first = nullptr;
  const bool made =
      hs_alloc_scratch(packets_.get(), &first) == HS_SUCCESS && hs_alloc_scratch(streams_.get(), &first) == HS_SUCCESS;
  scratch_.emplace_back(first);
  if (!made) return absl::ResourceExhaustedError("patterns: no memory for scratch");
  while (scratch_.size() < lcores) {
    hs_scratch_t* another = nullptr;
    if (hs_clone_scratch(first, &another) != HS_SUCCESS)
      return absl::ResourceExhaustedError("patterns: no memory for scratch");
    scratch_.emplace_back(another);
  }
  return absl::OkStatus();
}

}  // namespace lictor
