// lictor-capture: captures for the demo, the tests and load. `adapt` turns a capture of any link type that carries IP
// into one that a DPDK port can replay, `generate` makes one up. One thread; exit 0 done, 1 writing failed, 2 refused.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "encoders/pcap/capture_adapt.h"
#include "encoders/pcap/capture_generate.h"
#include "encoders/pcap/capture_writer.h"

namespace {

constexpr int kExitFailed = 1;
constexpr int kExitRefused = 2;

int fail(const std::string& what, const lictor::Status& status) {
  const std::string message(status.message().data(), status.message().size());
  fmt::print(stderr, "lictor-capture: {}{}\n", what.empty() ? "" : what + ": ", message);
  return status.code() == absl::StatusCode::kInvalidArgument ? kExitRefused : kExitFailed;
}

int adapt(const std::string& in, const std::string& out) {
  lictor::FileHandle file(std::fopen(in.c_str(), "rbe"));
  if (file == nullptr) return fail(in, absl::InvalidArgumentError(std::strerror(errno)));
  std::error_code none;
  if (std::filesystem::equivalent(in, out, none))
    return fail(in, absl::InvalidArgumentError("IN and OUT are one file"));

  const auto summary = lictor::adapt_capture(std::move(file), [&out] { return lictor::CaptureWriter::open(out); });
  if (!summary.ok()) return fail(in, summary.status());
  if (summary->truncated) fmt::print(stderr, "lictor-capture: {}: ends early: {}\n", in, summary->damage);
  fmt::print("{}\n", lictor::to_json(*summary));
  return 0;
}

int generate(const std::string& out, const lictor::GenerateOptions& options) {
  const lictor::Status valid = lictor::check_options(options);
  if (!valid.ok()) return fail("generate", valid);
  auto writer = lictor::CaptureWriter::open(out);
  if (!writer.ok()) return fail("", writer.status());
  const auto summary = lictor::generate_capture(options, **writer);
  if (!summary.ok()) return fail(out, summary.status());
  fmt::print("{}\n", lictor::to_json(*summary));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Captures for the demo, the tests and load.", "lictor-capture");
  app.set_version_flag("--version", LICTOR_VERSION);
  app.require_subcommand(1);

  std::string in;
  std::string out;
  CLI::App* adapt_command =
      app.add_subcommand("adapt", "IN (pcap or pcapng of a link type that carries IP) to Ethernet pcap OUT");
  adapt_command->add_option("IN", in)->required();
  adapt_command->add_option("OUT", out)->required();

  lictor::GenerateOptions options;
  CLI::App* generate_command =
      app.add_subcommand("generate", "A capture made up from a seed; the same seed gives the same octets");
  generate_command->add_option("--out", out, "the pcap file")->required();
  generate_command->add_option("--packets", options.packets, "how many")->required();
  generate_command->add_option("--seed", options.seed, "of all that looks random");
  generate_command->add_option("--target", options.targets, "an address that takes part; may be given several times");
  generate_command->add_option("--match-percent", options.match_percent,
                               "packets that have a target at an end (default: 20)");
  generate_command->add_option("--size", options.size, "octets of each frame, or imix (default)");
  generate_command->add_flag("--vlan", options.vlan, "two thirds of the hosts are behind one or two VLAN tags");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitRefused;
  }
  return *adapt_command ? adapt(in, out) : generate(out, options);
}
