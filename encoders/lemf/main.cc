// lictor-lemf, the agency's end: receives HI2 and HI3, judges every record and writes it down. For tests,
// demonstrations and interworking; with subcommands it looks at files. Everything runs on main's thread.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "encoders/lemf/offline.h"
#include "encoders/lemf/payload_keyring.h"
#include "encoders/lemf/receiver.h"
#include "encoders/lemf/summary.h"
#include "encoders/lemf/verify.h"

namespace lictor::lemf {
namespace {

// Exit: 0 all well, 1 a record was in error or something could not be read or stored, 2 wrong usage.
constexpr int kExitError = 1;
constexpr int kExitUsage = 2;

const std::map<std::string, OptionManners> kOptionManners = {
    {"accept", OptionManners::kAccept}, {"decline", OptionManners::kDecline}, {"silent", OptionManners::kSilent}};

struct Arguments {
  ReceiverOptions receiver;
  bool json = false;
  bool lenient = false;
  bool raw_only = false;
  bool discard = false;
  std::string options = "accept";
  std::string number_series = "cin";
  std::string encoding = "der";
  VerifyOptions verify;
  std::vector<std::string> files;  // of check and verify
  std::string file;                // of the others
  std::string out;
  bool frames = false;  // of pcapng
};

int fail(const Status& status) {
  fmt::print(stderr, "lictor-lemf: {}\n", std::string(status.message()));
  return kExitError;
}

const std::map<std::string, der::SeriesScope> kNumberSeries = {{"cin", der::SeriesScope::kCin},
                                                               {"liid", der::SeriesScope::kLiid}};

const std::map<std::string, Encoding> kEncodings = {{"der", Encoding::kDer}, {"ber", Encoding::kBer}};

Expectation expectation_of(const Arguments& arguments) {
  return {.strictness = arguments.lenient ? Strictness::kLenient : Strictness::kStrict,
          .encoding = kEncodings.at(arguments.encoding),
          .number_series = kNumberSeries.at(arguments.number_series)};
}

int receive(const Arguments& arguments) {
  ReceiverOptions options = arguments.receiver;
  options.expectation = expectation_of(arguments);
  options.option_manners = kOptionManners.at(arguments.options);
  if (arguments.raw_only) options.detail = Detail::kRawOnly;
  if (arguments.discard) options.detail = Detail::kNothing;
  const Result<std::unique_ptr<Receiver>> receiver = Receiver::open(options);
  if (!receiver.ok()) return fail(receiver.status());
  const Status status = (*receiver)->run();
  const InterfaceAccount& hi2 = (*receiver)->hi2();
  const InterfaceAccount& hi3 = (*receiver)->hi3();
  if (arguments.json)
    fmt::print("{}", summary_json(hi2, hi3));
  else
    fmt::print("{}\n{}\n", summary_line("hi2", hi2), summary_line("hi3", hi3));
  if (!status.ok()) return fail(status);
  return hi2.counts().errors + hi3.counts().errors == 0 ? 0 : kExitError;
}

int check(const Arguments& arguments) {
  int result = 0;
  for (const std::string& path : arguments.files) {
    const Result<FileVerdict> verdict = check_file(path, expectation_of(arguments));
    if (verdict.ok()) fmt::print("{}\n", verdict->text);
    if (!verdict.ok()) fail(verdict.status());
    if (!verdict.ok() || !verdict->clean) result = kExitError;
  }
  return result;
}

int verify(const Arguments& arguments) {
  int result = 0;
  VerifyOptions options = arguments.verify;
  options.number_series = kNumberSeries.at(arguments.number_series);
  for (const std::string& path : arguments.files) {
    const Result<VerifyOutcome> outcome = verify_file(path, options);
    if (!outcome.ok()) fail(outcome.status());
    if (outcome.ok()) fmt::print("{}\n", outcome->text);
    if (!outcome.ok() || !outcome->holds) result = kExitError;
  }
  return result;
}

int decrypt(const Arguments& arguments) {
  const Result<uint64_t> opened = decrypt_file(arguments.file, arguments.verify.payload_keys, arguments.out);
  if (!opened.ok()) return fail(opened.status());
  fmt::print("{} records decrypted\n", *opened);
  return 0;
}

int print(const Arguments& arguments) {
  const Status status = print_file(arguments.file);
  return status.ok() ? 0 : fail(status);
}

int save(const Arguments& arguments) {
  const SavedContent content = arguments.frames ? SavedContent::kFrames : SavedContent::kPackets;
  const Result<uint64_t> saved = write_pcapng(arguments.file, arguments.out, content);
  if (!saved.ok()) return fail(saved.status());
  fmt::print("{} {}\n", *saved, arguments.frames ? "frames" : "packets");
  return 0;
}

void add_number_series(CLI::App& app, Arguments& arguments) {
  app.add_option("--number-series", arguments.number_series,
                 "Sequence numbers are counted by cin [the default] or by liid, whatever the CIN")
      ->check(CLI::IsMember(&kNumberSeries));
}

// What was agreed with the sender, for the receiver and for files.
void add_expectations(CLI::App& app, Arguments& arguments) {
  app.add_flag("--lenient", arguments.lenient, "Deviations from DER that can be read are counted, and no errors");
  app.add_option("--encoding", arguments.encoding,
                 "der [the default], or ber: lengths may take more octets than they need")
      ->check(CLI::IsMember(&kEncodings));
  add_number_series(app, arguments);
}

void add_receiver_options(CLI::App& app, Arguments& arguments) {
  ReceiverOptions& receiver = arguments.receiver;
  app.add_option("--hi2", receiver.hi2, "Where to listen for HI2, ADDRESS:PORT; port 0: any");
  app.add_option("--hi3", receiver.hi3, "Where to listen for HI3");
  app.add_option("--out", receiver.out,
                 "The folder for hi2.ber, hi3.ber, records.jsonl, content.pcapng, frames.pcapng, summary.json");
  app.add_option("--ready-file", receiver.ready_file, "Written once it listens: {\"hi2\":PORT,\"hi3\":PORT}");
  CLI::Option* slow = app.add_option("--slow-bps", receiver.pace.bits_per_second, "Reads so many bits a second …")
                          ->check(CLI::Range(uint64_t{8}, uint64_t{1'000'000'000'000}));
  app.add_option("--slow-bytes", receiver.pace.octets, "… until so many octets were read, then freely")->needs(slow);
  CLI::Option* certificate = app.add_option("--tls-certificate", receiver.tls.certificate, "Own certificate, PEM: TLS");
  CLI::Option* key = app.add_option("--tls-key", receiver.tls.key, "Its key, PEM")->needs(certificate);
  certificate->needs(key);
  app.add_option("--tls-ca", receiver.tls.ca, "Senders show a certificate of this CA, PEM")->needs(certificate);
  app.add_flag("--tls-1-2", receiver.tls.allow_1_2, "TLS 1.2 will do")->needs(certificate);
  app.add_option("--options", arguments.options,
                 "What a sender hears that asks for PDU acknowledgements: accept [the default], decline, silent")
      ->check(CLI::IsMember(&kOptionManners));
  app.add_flag("--raw-only", arguments.raw_only, "No records.jsonl, no content.pcapng and no frames.pcapng");
  app.add_flag("--discard", arguments.discard,
               "Keeps nothing but summary.json: records are judged, counted and confirmed, for measurements");
  app.add_flag("--delays", receiver.delays,
               "summary.json says how long CC records took from their time stamp, by this machine's clock");
  add_expectations(app, arguments);
  app.add_flag("--json", arguments.json, "The summary on standard output is JSON");
  app.set_version_flag("--version", LICTOR_VERSION);
}

void add_payload_keys(CLI::App& command, Arguments& arguments, const std::string& help) {
  command
      .add_option(
          "--payload-key", arguments.verify.payload_keys,
          "FILE of keys of encrypted payloads, a line each: hexadecimal digits, or a LIID, a blank and digits for the "
          "records of that one; several times: " +
              help)
      ->allow_extra_args(false);
}

CLI::App* add_verify_command(CLI::App& app, Arguments& arguments) {
  CLI::App* const command = app.add_subcommand("verify", "Holds files of records against the integrity PDUs in them");
  command->add_option("file", arguments.files, "As a receiver wrote them")->required();
  command->add_option("--public-key", arguments.verify.public_key,
                      "The sender's public key or certificate, PEM; without it signatures are only counted");
  add_payload_keys(*command, arguments, "hashes may be of what is encrypted");
  add_number_series(*command, arguments);
  command->add_flag(
      "--complete", arguments.verify.complete,
      "No record, a record that no hash covers or, with a key, a hash that no signature covers is a fault too");
  return command;
}

CLI::App* add_decrypt_command(CLI::App& app, Arguments& arguments) {
  CLI::App* const command = app.add_subcommand("decrypt", "Takes records out of their encryption containers");
  command->add_option("file", arguments.file)->required();
  command->add_option("out", arguments.out, "The records without their containers")->required();
  add_payload_keys(*command, arguments, "without one type none only");
  return command;
}

int run(int argc, char** argv) {
  CLI::App app("lictor-lemf: an agency's receiver for ETSI TS 102 232 handover", "lictor-lemf");
  Arguments arguments;
  add_receiver_options(app, arguments);
  CLI::App* const check_command = app.add_subcommand("check", "Judges files of records");
  check_command->add_option("file", arguments.files, "As a receiver wrote them")->required();
  add_expectations(*check_command, arguments);
  CLI::App* const verify_command = add_verify_command(app, arguments);
  CLI::App* const decrypt_command = add_decrypt_command(app, arguments);
  CLI::App* const print_command = app.add_subcommand("print", "Prints the records of a file");
  print_command->add_option("file", arguments.file)->required();
  CLI::App* const pcapng_command = app.add_subcommand("pcapng", "Writes the packets of a file of CC records");
  pcapng_command->add_option("file", arguments.file)->required();
  pcapng_command->add_option("out", arguments.out)->required();
  pcapng_command->add_flag("--frames", arguments.frames, "The frames of L2CC records, instead of the packets of IPCC");
  app.require_subcommand(0, 1);
  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty() &&
        (arguments.receiver.hi2.empty() || arguments.receiver.hi3.empty() || arguments.receiver.out.empty()))
      throw CLI::RequiredError("--hi2, --hi3 and --out, or a subcommand,");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  if (check_command->parsed()) return check(arguments);
  if (verify_command->parsed()) return verify(arguments);
  if (decrypt_command->parsed()) return decrypt(arguments);
  if (print_command->parsed()) return print(arguments);
  if (pcapng_command->parsed()) return save(arguments);
  return receive(arguments);
}

}  // namespace
}  // namespace lictor::lemf

int main(int argc, char** argv) { return lictor::lemf::run(argc, argv); }
