// lictor-perf: the receive path against a generator in the same process, as testpmd is for DPDK's own. Exit status: 0
// done, 1 it could not run or something that must hold does not, 2 usage.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>

#include "encoders/etsi/asn1_codec.h"
#include "perf/batch.h"
#include "perf/console.h"
#include "perf/environment.h"
#include "perf/figures.h"
#include "perf/settings.h"

namespace lictor::perf {
namespace {

struct Options {
  EnvironmentPlan environment;
  bool no_huge = false;
  BatchPlan batch;
  WindowPlan windows;
  int64_t window_ms = 25;
  std::vector<std::string> figures;
  std::string capture_file;
};

void add_settings(CLI::App& command, SessionPlan& plan) {
  for (const Setting& setting : settings()) {
    command.add_option_function<std::string>(
        fmt::format("--{}", setting.name),
        [&plan, name = setting.name](const std::string& value) {
          const Status status = change(plan, name, value);
          if (!status.ok()) throw CLI::ValidationError(std::string(status.message()));
        },
        fmt::format("{} (default: {})", setting.help, setting.get(plan)));
  }
}

void add_environment(CLI::App& app, Options& options) {
  app.add_flag("--no-huge", options.no_huge, "no hugepages, even if some are free");
  app.add_option("--memory-mb", options.environment.memory_mb, "memory for buffers (default: 512)")
      ->check(CLI::Range(64, 65536));
  app.add_option("--rx-cpu", options.environment.rx_cpu, "the CPU that receives (default: the last one)")
      ->check(CLI::Range(0, 1023));
  app.add_option("--eal", options.environment.further, "an argument for DPDK; may be given several times");
}

int measure(const Options& options) {
  nlohmann::json document = nlohmann::json::object();
  for (const std::string& name : options.figures) {
    Result<nlohmann::json> figure = measure_figure(name, options.windows);
    if (!figure.ok()) {
      fmt::print(stderr, "lictor-perf: {}: {}\n", name, std::string(figure.status().message()));
      return 1;
    }
    fmt::print("{:28} {:10.3f} {} ({:.3f} to {:.3f})  {}\n", name, (*figure)["value"].get<double>(),
               (*figure)["unit"].get<std::string>(), (*figure)["low"].get<double>(), (*figure)["high"].get<double>(),
               (*figure)["details"].dump());
    std::fflush(stdout);
    document[name] = *std::move(figure);
  }
  if (options.batch.json_file.empty()) return 0;
  std::ofstream out(options.batch.json_file, std::ios::trunc);
  out << document.dump() << '\n';
  return out.flush() ? 0 : 1;
}

// The generator's traffic as a file: what testpmd is given.
int write_traffic(const Options& options) {
  const Status status = write_capture(Traffic(options.batch.session.traffic), options.capture_file);
  if (status.ok()) return 0;
  fmt::print(stderr, "lictor-perf: {}\n", std::string(status.message()));
  return 1;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("The receive path of lictor-dataplane against a generator in the same process.", "lictor-perf");
  app.set_version_flag("--version", LICTOR_VERSION);
  app.require_subcommand(1);
  app.fallthrough();  // the environment's options may stand behind the subcommand
  add_environment(app, options);
  CLI::App* const batch = app.add_subcommand("run", "One session for a known time, a line a second, totals");
  add_settings(*batch, options.batch.session);
  batch->add_option("--duration", options.batch.duration_s, "seconds (default: 10)")->check(CLI::Range(0.01, 86400.0));
  CLI::App* const console = app.add_subcommand("console", "Commands from standard input; help lists them");
  add_settings(*console, options.batch.session);
  CLI::App* const capture = app.add_subcommand("generate", "The traffic that would be offered, as a capture file");
  add_settings(*capture, options.batch.session);
  capture->add_option("FILE", options.capture_file)->required();
  CLI::App* const figures = app.add_subcommand("measure", "Figures by paired windows, as perf/run shows them");
  std::string names = "of:";
  for (const std::string_view name : figure_names()) names.append(" ").append(name);
  figures->add_option("FIGURE", options.figures, names)->required();
  figures->add_option("--rounds", options.windows.rounds, "windows of each side (default: 61)")
      ->check(CLI::Range(1, 10000));
  figures->add_option("--window-ms", options.window_ms, "length of a window (default: 25)")->check(CLI::Range(1, 50));
  for (CLI::App* const command : {batch, figures}) {
    command->add_option("--json", options.batch.json_file, "a file for everything that was measured");
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  options.windows.window_ns = options.window_ms * 1'000'000;
  if (options.no_huge) options.environment.hugepages = Hugepages::kNo;
  if (*capture) return write_traffic(options);
  asn1::prime_asn1_types();
  const Result<Environment> environment = start_environment(options.environment);
  if (!environment.ok()) {
    fmt::print(stderr, "lictor-perf: {}\n", std::string(environment.status().message()));
    return 1;
  }
  fmt::print("receiving on CPU {}, everything else on CPU {}, {}\n", environment->rx_cpu, environment->other_cpu,
             environment->hugepages ? "buffers in hugepages" : "no hugepages");
  if (*batch) return run_batch(options.batch);
  return *console ? run_console(options.batch.session) : measure(options);
}

}  // namespace
}  // namespace lictor::perf

int main(int argc, char** argv) { return lictor::perf::run(argc, argv); }
