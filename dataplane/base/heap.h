// The process's heap.
#pragma once

namespace lictor {

// Memory that was freed stays the process's, for what comes next: giving it back and faulting it in again costs a
// program that takes up ten thousand warrants more than reading them. Of allocations above 32 MiB each goes back. At
// the start of a program, before its threads.
void keep_freed_memory() noexcept;

}  // namespace lictor
