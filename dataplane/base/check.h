// For wrong programs only: says what did not hold and ends the process. Bad input never gets here.
#pragma once

namespace lictor {

// Prints file, line and `what` (a literal, never data) to standard error, then aborts.
[[noreturn]] void check_failed(const char* file, int line, const char* what) noexcept;

}  // namespace lictor

#define LICTOR_CHECK(condition)                               \
  do {                                                        \
    if (!(condition)) [[unlikely]]                            \
      ::lictor::check_failed(__FILE__, __LINE__, #condition); \
  } while (false)
