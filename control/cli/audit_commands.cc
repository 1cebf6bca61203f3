// lictorctl audit …
#include <fmt/format.h>

#include "control/cli/audit_files.h"
#include "control/cli/commands.h"
#include "control/cli/table.h"
#include "control/cli/words.h"
#include "control/registry/time_text.h"
#include "control/rpc/audit_view.h"
#include "lictor/v1/audit.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Service = v1::AuditService;

constexpr size_t kLimitDefault = 100;

const std::map<std::string, v1::AuditEntryKind> kKinds = {
    {"act", v1::AUDIT_ENTRY_KIND_ACT},         {"read", v1::AUDIT_ENTRY_KIND_READ},
    {"refusal", v1::AUDIT_ENTRY_KIND_REFUSAL}, {"event", v1::AUDIT_ENTRY_KIND_EVENT},
    {"torn", v1::AUDIT_ENTRY_KIND_TORN},       {"checkpoint", v1::AUDIT_ENTRY_KIND_CHECKPOINT}};

struct ShowWords {
  std::string directory;  // empty: ask the daemon
  v1::ListAuditEntriesRequest request;
  std::string kind;
  std::string since;
  std::string until;
  size_t limit = kLimitDefault;  // 0: all
};

std::string field_text(const v1::AuditEntry& entry) {
  std::string text;
  for (const v1::AuditEntryField& field : entry.fields())
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", field.name(), field.sealed() ? "(sealed)" : field.value());
  return text;
}

Status read_from_files(const std::string& directory, const v1::ListAuditEntriesRequest& request,
                       v1::ListAuditEntriesReply& reply) {
  const Result<AuditQuery> query = query_of(request);
  if (!query.ok()) return query.status();
  const Result<AuditPage> page = read_audit_page(directory, 0, *query);
  if (page.ok()) reply = reply_of(*page);
  return page.status();
}

int fetch(Session& session, const std::string& directory, const v1::ListAuditEntriesRequest& request,
          v1::ListAuditEntriesReply& reply) {
  if (directory.empty()) return session.call<Service>(&Service::Stub::ListAuditEntries, request, reply);
  const Status status = read_from_files(directory, request, reply);
  if (status.ok()) return kExitOk;
  if (!absl::IsDataLoss(status)) return usage_error(std::string(status.message()));
  fmt::print(stderr, "lictorctl: {}\n", std::string(status.message()));
  return kExitRefused;
}

void print_page(const v1::ListAuditEntriesReply& page) {
  Table table({"NUMBER", "TIME", "KIND", "WHO", "ACTION", "OBJECT", "OUTCOME", "MORE"});
  for (const v1::AuditEntry& entry : page.entries())
    table.add({std::to_string(entry.number()), time_text(entry.time_unix_ns()), word_of(kKinds, entry.kind()),
               entry.actor().empty() ? "lictord" : entry.actor(), entry.action(), entry.object(), entry.outcome(),
               field_text(entry)});
  table.print("no entries");
}

Status take_times(ShowWords& words) {
  for (const auto& [text, set] : {std::pair(words.since, &v1::ListAuditEntriesRequest::set_from_unix_ns),
                                  std::pair(words.until, &v1::ListAuditEntriesRequest::set_before_unix_ns)}) {
    if (text.empty()) continue;
    const Result<LegalTime> time = parse_time(text);
    if (!time.ok()) return time.status();
    (words.request.*set)(time->unix_ns);
  }
  return absl::OkStatus();
}

int show(Session& session, ShowWords words) {
  if (Status status = take_times(words); !status.ok()) return usage_error(std::string(status.message()));
  if (!words.kind.empty()) words.request.set_kind(kKinds.at(words.kind));
  const size_t wanted = words.limit == 0 ? SIZE_MAX : words.limit;
  v1::ListAuditEntriesReply all;
  do {
    const size_t left = wanted - static_cast<size_t>(all.entries_size());
    words.request.set_limit(static_cast<uint32_t>(std::min(left, AuditQuery::kLimitMax)));
    v1::ListAuditEntriesReply page;
    if (const int code = fetch(session, words.directory, words.request, page); code != kExitOk) return code;
    all.mutable_entries()->MergeFrom(page.entries());
    all.set_next(page.next());
    words.request.set_after(page.next());
  } while (all.next() != 0 && static_cast<size_t>(all.entries_size()) < wanted);
  if (session.json) {
    Session::print_json(all);
    return kExitOk;
  }
  print_page(all);
  if (all.next() != 0) fmt::print("there is more: --after {}\n", all.next());
  return kExitOk;
}

void add_show(CLI::App& group, Session& session) {
  CLI::App* command = group.add_subcommand("show", "Entries, oldest first; that you look is an entry");
  const auto words = std::make_shared<ShowWords>();
  command->add_option("directory", words->directory, "Of a log's files on this machine, instead of the daemon's log");
  command->add_option_function<uint64_t>(
      "--after", [words](uint64_t number) { words->request.set_after(number); }, "Behind this number");
  command->add_option_function<std::string>(
      "--who", [words](const std::string& text) { words->request.set_actor(text); }, "As the log calls him");
  command->add_option_function<std::string>(
      "--action", [words](const std::string& text) { words->request.set_action(text); }, "Or how it begins: warrant.");
  command->add_option_function<std::string>(
      "--object", [words](const std::string& text) { words->request.set_object(text); },
      "Id of a warrant, an agency, a network element");
  command->add_option("--kind", words->kind, "act, read, refusal, event, torn or checkpoint")
      ->check(CLI::IsMember(kKinds));
  command->add_option("--since", words->since, "RFC 3339");
  command->add_option("--until", words->until, "RFC 3339");
  command->add_option("--limit", words->limit, "How many; 0: all [100]");
  command->callback([&session, words] { session.action = [&session, words] { return show(session, *words); }; });
}

void add_verify(CLI::App& group, Session& session) {
  CLI::App* command =
      group.add_subcommand("verify", "A log's files on this machine; needs no daemon. Exit 0: they hold");
  const auto words = std::make_shared<AuditVerifyWords>();
  command->add_option("directory", words->directory, "With every file of the log, from 000001.audit on")->required();
  command->add_option("--public-key", words->public_key, "The PEM file that was taken away when the log began")
      ->required();
  command->add_option("--initial-key", words->initial_key, "The first MAC key: proves what is not signed yet as well");
  command->add_option("--remembered", words->remembered, "A head that was seen before, NUMBER:HASH, or its file");
  command->callback(
      [&session, words] { session.action = [&session, words] { return verify_audit_files(*words, session.json); }; });
}

}  // namespace

void add_audit_commands(CLI::App& app, Session& session) {
  CLI::App& group = *app.add_subcommand("audit", "The account of what was done")->require_subcommand(1);
  add_show(group, session);
  add_verify(group, session);
  CLI::App* command = group.add_subcommand("export", "The log's files into a new directory, to be verified there");
  const auto directory = std::make_shared<std::string>();
  command->add_option("directory", *directory, "That is made")->required();
  command->callback(
      [&session, directory] { session.action = [&session, directory] { return export_audit(session, *directory); }; });
}

}  // namespace lictor::control::cli
