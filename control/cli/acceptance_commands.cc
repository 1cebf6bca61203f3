// lictorctl acceptance …: a test line towards an agency, and the protocol of what came of it.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "control/cli/commands.h"
#include "control/cli/key_file.h"
#include "control/cli/protocol_signer.h"
#include "control/cli/words.h"
#include "control/registry/test_payload_key.h"
#include "lictor/v1/acceptance.grpc.pb.h"

namespace lictor::control::cli {
namespace {

using Service = v1::AcceptanceService;

constexpr std::chrono::milliseconds kPollEvery{200};

struct AcceptanceOptions {
  v1::StartAcceptanceRequest request;
  std::string protocol;
  std::string key;
  std::string certificate;
  bool is_unsigned = false;
};

volatile std::sig_atomic_t interrupted = 0;

extern "C" void on_interrupt(int) { interrupted = 1; }

// "passed" of ACCEPTANCE_VERDICT_PASSED; what a newer lictord says has no name here.
std::string word_of(const std::string& name, size_t prefix) {
  if (name.size() <= prefix) return "unknown";
  std::string word = name.substr(prefix);
  for (char& c : word) c = static_cast<char>(c - 'A' + 'a');
  return word;
}
std::string word_of(v1::AcceptanceVerdict verdict) {
  return word_of(v1::AcceptanceVerdict_Name(verdict), sizeof("ACCEPTANCE_VERDICT_") - 1);
}
std::string word_of(v1::AcceptanceState state) {
  return word_of(v1::AcceptanceState_Name(state), sizeof("ACCEPTANCE_STATE_") - 1);
}

void print_steps(const v1::AcceptanceProtocol& protocol, int& printed) {
  for (; printed < protocol.steps_size(); ++printed) {
    const v1::AcceptanceStep& step = protocol.steps(printed);
    fmt::print("{:<16} {:<8} {}\n", step.name(), word_of(step.verdict()), step.text());
  }
  std::fflush(stdout);
}

// Waits for its end; an interruption stops it, and its end is waited for all the same.
int follow(Session& session, v1::AcceptanceReply& reply) {
  const std::string id = reply.protocol().id();
  int printed = 0;
  bool stopped = false;
  while (true) {
    if (!session.json) print_steps(reply.protocol(), printed);
    if (reply.protocol().state() != v1::ACCEPTANCE_STATE_RUNNING) return kExitOk;
    std::this_thread::sleep_for(kPollEvery);
    if (interrupted != 0 && !std::exchange(stopped, true)) {
      v1::StopAcceptanceRequest stop;
      stop.set_id(id);
      if (const int code = session.call<Service>(&Service::Stub::StopAcceptance, stop, reply); code != kExitOk)
        return code;
    }
    v1::GetAcceptanceRequest get;
    get.set_id(id);
    if (const int code = session.call<Service>(&Service::Stub::GetAcceptance, get, reply); code != kExitOk) return code;
  }
}

// Into new files that nobody else reads: they have the form of real deliveries in them.
Status write_protocol(const AcceptanceOptions& options, const ProtocolSigner* signer,
                      const v1::AcceptanceProtocol& protocol) {
  const std::string text = Session::json_of(protocol);
  if (text.empty()) return absl::DataLossError(options.protocol + ": the protocol cannot be written down");
  if (Status status = write_new_file(options.protocol, text); !status.ok() || signer == nullptr) return status;
  const Result<std::string> signature = signer->sign(text);
  return signature.ok() ? write_new_file(options.protocol + ".p7s", *signature) : signature.status();
}

// What would only be found out behind the run.
int check_output(const AcceptanceOptions& options, std::unique_ptr<ProtocolSigner>& signer) {
  if (options.is_unsigned == !options.key.empty() || options.key.empty() != options.certificate.empty())
    return usage_error("a protocol is signed by --sign-key and --sign-certificate, or --unsigned");
  for (const std::string& path : {options.protocol, options.protocol + ".p7s"})
    if (::access(path.c_str(), F_OK) == 0) return usage_error(path + ": is there already");
  if (options.is_unsigned) return kExitOk;
  Result<std::unique_ptr<ProtocolSigner>> loaded = ProtocolSigner::load(options.key, options.certificate);
  if (!loaded.ok()) return usage_error(std::string(loaded.status().message()));
  signer = *std::move(loaded);
  return kExitOk;
}

// What the agency opens the test records with, where the warrants' keys are their own.
void print_key(const v1::AcceptanceProtocol& protocol) {
  const v1::EncryptionProfile& encryption = protocol.profile().encryption();
  if (!encryption.key_per_warrant()) return;
  const size_t bytes = encryption.method() == v1::PAYLOAD_ENCRYPTION_AES_192_CBC ? 24 : 32;
  fmt::print("payload key of test records: {}", key_text(test_payload_key(bytes)).text());
}

int run(Session& session, const AcceptanceOptions& options) {
  std::unique_ptr<ProtocolSigner> signer;
  if (const int code = check_output(options, signer); code != kExitOk) return code;
  v1::AcceptanceReply reply;
  if (const int code = session.call<Service>(&Service::Stub::StartAcceptance, options.request, reply); code != kExitOk)
    return code;
  if (!session.json) print_key(reply.protocol());
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  if (const int code = follow(session, reply); code != kExitOk) return code;
  const v1::AcceptanceProtocol& protocol = reply.protocol();
  if (const Status status = write_protocol(options, signer.get(), protocol); !status.ok()) {
    fmt::print(stderr, "lictorctl: {}\n", std::string(status.message()));
    return kExitRefused;
  }
  if (session.json) {
    Session::print_json(reply);
  } else {
    for (const v1::AcceptanceInterface& one : protocol.interfaces())
      fmt::print("HI{}: the profile asks for {}, this peer can do {}\n",
                 one.interface() == v1::HANDOVER_INTERFACE_HI2 ? 2 : 3,
                 cli::word_of(kConfirmLevels, one.confirm_asked()), cli::word_of(kConfirmLevels, one.confirm_works()));
    fmt::print("{}{}{}; protocol: {}\n", word_of(protocol.state()), protocol.reason().empty() ? "" : ": ",
               protocol.reason(), options.protocol);
  }
  return protocol.state() == v1::ACCEPTANCE_STATE_PASSED ? kExitOk : kExitRefused;
}

void add_run_options(CLI::App& command, AcceptanceOptions& options) {
  v1::StartAcceptanceRequest& request = options.request;
  const auto add = [&](const char* name, const char* help, auto set) {
    return command.add_option_function<std::string>(name, set, help);
  };
  add("agency", "The agency's id", [&](const std::string& text) { request.set_agency_id(text); })->required();
  add("--operator", "Operator id, as in warrants", [&](const std::string& text) {
    request.set_operator_id(text);
  })->required();
  add("--hi1-operator", "The same for HI1, at most 5 octets",
      [&](const std::string& text) { request.set_hi1_operator_id(text); });
  add("--country", "Of the authorisation [the agency's]",
      [&](const std::string& text) { request.set_authorization_country(text); });
  add("--ne", "The dataplane that does it [the only one that is attached]",
      [&](const std::string& text) { request.set_network_element_id(text); });
  add("--hi2", "Id of the HI2 destination, where the agency has several",
      [&](const std::string& text) { request.mutable_delivery()->set_hi2_destination_id(text); });
  add("--hi3", "The same for HI3",
      [&](const std::string& text) { request.mutable_delivery()->set_hi3_destination_id(text); });
  command
      .add_option_function<uint32_t>(
          "--step-timeout", [&](uint32_t seconds) { request.set_step_timeout_s(seconds); },
          "Seconds that a step may take besides the profile's own times [30]")
      ->check(CLI::Range(1U, 600U));
  command.add_option("--protocol", options.protocol, "The file that is written; its signature is FILE.p7s")->required();
  command.add_option("--sign-key", options.key, "PEM file of the key that signs")->envname("LICTOR_ACCEPTANCE_KEY");
  command.add_option("--sign-certificate", options.certificate, "PEM file of its certificate")
      ->envname("LICTOR_ACCEPTANCE_CERTIFICATE");
  command.add_flag("--unsigned", options.is_unsigned, "No signature");
}

}  // namespace

void add_acceptance_commands(CLI::App& app, Session& session) {
  CLI::App& group =
      *app.add_subcommand("acceptance", "Whether an agency takes what is delivered")->require_subcommand(1);
  CLI::App* command = group.add_subcommand(
      "run", "Delivers test records, cuts and resends them, and writes down what came of each step");
  const auto options = std::make_shared<AcceptanceOptions>();
  add_run_options(*command, *options);
  command->callback([&session, options] { session.action = [&session, options] { return run(session, *options); }; });
}

}  // namespace lictor::control::cli
