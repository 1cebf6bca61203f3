// What the process does to itself at start: hides its memory, knows its arguments, waits for its end. Main thread.
#pragma once

#include <functional>
#include <string>

#include "dataplane/base/result.h"

namespace lictor {

// No core dumps and no debugger of the same user: memory holds content and targets.
void hide_memory();

// Blocks SIGTERM and SIGINT in this thread and all that it starts from now on, so that wait_for_end_signal() gets them.
void block_end_signals();
// Returns when one of them has come; calls `look` every second meanwhile.
void wait_for_end_signal(const std::function<void()>& look);

// "--config FILE" → FILE. "--help" and "--version" answer NotFound with the text to print; others InvalidArgument.
Result<std::string> config_path_of(int argc, char** argv);

}  // namespace lictor
