#include "perf/console.h"

#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "perf/settings.h"
#include "perf/statistics.h"

namespace lictor::perf {
namespace {

constexpr char kHelp[] =
    "start                 opens the port and lets packets flow\n"
    "stop                  ends that, and says what became of every packet\n"
    "show stats            what happened since the last time\n"
    "show totals           what happened since the start\n"
    "show settings         every setting with its value and meaning\n"
    "set NAME VALUE        while stopped: set mode full, set targets 100000\n"
    "quit                  stops and ends; so does the end of the input\n";

// How many words follow each command; nothing where there is no such command.
std::optional<size_t> words_behind(std::string_view verb) {
  if (verb == "show") return 1;
  if (verb == "set") return 2;
  for (const std::string_view alone : {"quit", "exit", "help", "start", "stop"}) {
    if (verb == alone) return 0;
  }
  return std::nullopt;
}

class Console {
 public:
  explicit Console(SessionPlan plan) : plan_(std::move(plan)) {}

  // Answers false at the end.
  bool obey(const std::string& line) {
    std::istringstream in(line);
    std::string verb;
    if (!(in >> verb)) return true;
    const std::vector<std::string> words{std::istream_iterator<std::string>(in), {}};
    const std::optional<size_t> wanted = words_behind(verb);
    if (!wanted) return fmt::print("{}: there is no such command; help lists all\n", verb), true;
    if (words.size() != *wanted) {
      return fmt::print("{} takes {} words more, not {}\n", verb, *wanted, words.size()), true;
    }
    if (verb == "quit" || verb == "exit") return false;
    if (verb == "help") {
      fmt::print("{}", kHelp);
    } else if (verb == "start") {
      start();
    } else if (verb == "stop") {
      stop();
    } else if (verb == "show") {
      show(words[0]);
    } else {
      set(words[0], words[1]);
    }
    return true;
  }

  void stop() {
    if (session_ == nullptr) return fmt::print("nothing is running\n");
    const SessionTotals totals = session_->stop();
    session_.reset();
    fmt::print("{}", describe_end(plan_.mode, totals));
    if (!broken_sums(plan_.mode, totals).empty()) status_ = 1;
  }

  [[nodiscard]] bool running() const { return session_ != nullptr; }
  [[nodiscard]] int status() const { return status_; }

 private:
  void start() {
    if (session_ != nullptr) return fmt::print("packets are flowing already\n");
    Result<std::unique_ptr<Session>> session = Session::start(plan_);
    if (!session.ok()) return fmt::print("{}\n", std::string(session.status().message()));
    session_ = *std::move(session);
    shown_ = session_->totals();
  }

  void show(const std::string& what) {
    if (what == "settings") {
      for (const Setting& setting : settings()) {
        fmt::print("{:16} {:24} {}\n", setting.name, setting.get(plan_), setting.help);
      }
    } else if (what != "stats" && what != "totals") {
      fmt::print("show stats, show totals or show settings\n");
    } else if (session_ == nullptr) {
      fmt::print("nothing is running\n");
    } else {
      const SessionTotals now = session_->totals();
      fmt::print("{}\n", what == "stats" ? describe_interval(plan_.mode, shown_, now) : to_json(now).dump());
      shown_ = now;
    }
  }

  void set(const std::string& name, const std::string& value) {
    if (session_ != nullptr) return fmt::print("stop first\n");
    const Status status = change(plan_, name, value);
    if (!status.ok()) fmt::print("{}\n", std::string(status.message()));
  }

  SessionPlan plan_;
  std::unique_ptr<Session> session_;
  SessionTotals shown_;
  int status_ = 0;
};

}  // namespace

int run_console(SessionPlan plan) {
  Console console(std::move(plan));
  std::string line;
  do {
    fmt::print("lictor-perf> ");
    std::fflush(stdout);
    if (!std::getline(std::cin, line)) break;
  } while (console.obey(line));
  if (console.running()) console.stop();
  return console.status();
}

}  // namespace lictor::perf
