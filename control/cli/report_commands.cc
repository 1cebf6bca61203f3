// lictorctl warrant record and transparency: what is told of interceptions afterwards.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <optional>

#include "control/cli/certification.h"
#include "control/cli/commands.h"
#include "control/cli/history_commands.h"
#include "control/cli/private_file.h"
#include "control/cli/protocol_signer.h"
#include "control/cli/table.h"
#include "control/cli/transparency.h"
#include "control/registry/time_text.h"
#include "lictor/v1/warrant.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Service = v1::WarrantService;

constexpr uint32_t kPageSize = 1000;
constexpr uint64_t kSuppressBelow = 10;

struct RecordOptions {
  std::string id;
  std::string authorised;
  std::string responsible;
  std::string output;
  std::string sign_key;
  std::string sign_certificate;
};

int write_record(const RecordOptions& options, const std::string& text) {
  if (Status status = write_private_file(options.output, text); !status.ok())
    return usage_error(fmt::format("--output: {}", std::string(status.message())));
  if (options.sign_key.empty()) return kExitOk;
  const Result<std::unique_ptr<ProtocolSigner>> signer =
      ProtocolSigner::load(options.sign_key, options.sign_certificate);
  const Result<std::string> signature = signer.ok() ? (*signer)->sign(text) : signer.status();
  if (!signature.ok()) return usage_error(std::string(signature.status().message()));
  if (Status status = write_private_file(options.output + ".p7s", *signature); !status.ok())
    return usage_error(fmt::format("--output: {}", std::string(status.message())));
  return kExitOk;
}

int record(Session& session, const RecordOptions& options) {
  v1::GetWarrantRequest request;
  request.set_id(options.id);
  v1::WarrantReply reply;
  if (const int code = session.call<Service>(&Service::Stub::GetWarrant, request, reply); code != kExitOk) return code;
  v1::GetWarrantHistoryReply history;
  if (const int code = fetch_history(session, options.id, history); code != kExitOk) return code;
  const Certification certification{.warrant = reply.warrant(),
                                    .authorised = options.authorised == "with",
                                    .responsible = options.responsible,
                                    .made_unix_ns = legal_now().unix_ns,
                                    .former = {history.versions().begin(), history.versions().end()}};
  const std::string text =
      session.json ? certification_json(certification).dump(1) + "\n" : certification_text(certification);
  if (!options.output.empty()) return write_record(options, text);
  fmt::print("{}", text);
  return kExitOk;
}

void add_record(CLI::App& group, Session& session) {
  CLI::App* command =
      group.add_subcommand("record", "The certification record of an interception, for paper or as JSON");
  const auto options = std::make_shared<RecordOptions>();
  command->add_option("id", options->id, "The warrant's id")->required();
  command->add_option("--authorised", options->authorised, "It was made with or without appropriate authorisation")
      ->required()
      ->check(CLI::IsMember({"with", "without"}));
  command->add_option("--responsible", options->responsible, "Who certifies that")->required();
  CLI::Option* output = command->add_option("--output", options->output, "A new file, mode 0600 [standard output]");
  CLI::Option* key =
      command->add_option("--sign-key", options->sign_key, "PEM; FILE.p7s is then its detached signature");
  CLI::Option* certificate = command->add_option("--sign-certificate", options->sign_certificate, "PEM, of that key");
  key->needs(output)->needs(certificate);
  certificate->needs(key);
  command->callback(
      [&session, options] { session.action = [&session, options] { return record(session, *options); }; });
}

struct TransparencyOptions {
  std::string from;
  std::string to;
  uint64_t below = kSuppressBelow;
};

int count_all(Session& session, TransparencyCount& count) {
  v1::ListWarrantsRequest request;
  request.set_page_size(kPageSize);
  do {
    v1::ListWarrantsReply reply;
    const int code = session.call<Service>(&Service::Stub::ListWarrants, request, reply);
    if (code != kExitOk) return code;
    for (const v1::Warrant& warrant : reply.warrants()) count.add(warrant);
    request.set_page_token(reply.next_page_token());
  } while (!request.page_token().empty());
  return kExitOk;
}

int transparency(Session& session, const TransparencyOptions& options) {
  const Result<LegalTime> from = parse_time(options.from);
  if (!from.ok()) return usage_error(fmt::format("--from: {}", std::string(from.status().message())));
  const Result<LegalTime> to = parse_time(options.to);
  if (!to.ok()) return usage_error(fmt::format("--to: {}", std::string(to.status().message())));
  if (*from >= *to) return usage_error("--to: must be behind --from");
  TransparencyCount count({.from_unix_ns = from->unix_ns, .to_unix_ns = to->unix_ns});
  if (const int code = count_all(session, count); code != kExitOk) return code;
  const nlohmann::ordered_json tables = suppressed(count.tables(), options.below);
  if (session.json) {
    const nlohmann::ordered_json report = {{"from", format_time(*from)},
                                           {"to", format_time(*to)},
                                           {"suppressed_below", options.below},
                                           {"warrants", tables}};
    fmt::print("{}\n", report.dump(1));
    return kExitOk;
  }
  Table table({"TABLE", "ROW", "WARRANTS"});
  for (const auto& [name, rows] : tables.items())
    for (const auto& [row, shown] : rows.items())
      table.add({name, row, shown.is_string() ? shown.get<std::string>() : shown.dump()});
  table.print("no figures");
  return kExitOk;
}

void add_transparency(CLI::App& app, Session& session) {
  CLI::App* command = app.add_subcommand("transparency", "How many warrants were in force in a period, about nobody");
  const auto options = std::make_shared<TransparencyOptions>();
  command->add_option("--from", options->from, "RFC 3339 with an offset, or local time and a zone")->required();
  command->add_option("--to", options->to, "The same; the first instant that does not count")->required();
  command->add_option("--suppress-below", options->below, "Smaller counts are not shown [10]")
      ->envname("LICTOR_SUPPRESS_BELOW")
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000}));
  command->callback(
      [&session, options] { session.action = [&session, options] { return transparency(session, *options); }; });
}

}  // namespace

void add_report_commands(CLI::App& app, Session& session) {
  add_record(*app.get_subcommand("warrant"), session);
  add_transparency(app, session);
}

}  // namespace lictor::control::cli
