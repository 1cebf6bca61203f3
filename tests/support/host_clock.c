/* The clock of a host, for those of our processes that it is loaded into (LD_PRELOAD): CLOCK_REALTIME is the true one
   and an offset, and the kernel's word for it is what the test says, both read from a mapped file (host_clock.py), so
   that a reading costs next to nothing and makes no system call. CLOCK_MONOTONIC is the true one, as where a clock is
   set. Whoever waits for a moment of CLOCK_REALTIME in the kernel waits by the true one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

struct host_clock {
  volatile int64_t offset_ns; /* written by the test, whole */
  volatile int64_t synchronised;
};

static const struct host_clock none = {0, 1};
static const struct host_clock* host = &none;
static int (*true_clock)(clockid_t, struct timespec*);

__attribute__((constructor)) static void load(void) {
  true_clock = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  const char* const path = getenv("HOST_CLOCK_FILE");
  const int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) abort();
  void* const mapped = mmap(NULL, sizeof(struct host_clock), PROT_READ, MAP_SHARED, file, 0);
  if (mapped == MAP_FAILED) abort();
  close(file);
  host = mapped;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  /* Constructors of others may run before ours. */
  const int failed = true_clock == NULL ? (int)syscall(SYS_clock_gettime, clock, now) : true_clock(clock, now);
  if (failed || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return failed;
  const int64_t ns = now->tv_sec * INT64_C(1000000000) + now->tv_nsec + host->offset_ns;
  now->tv_sec = ns / 1000000000;
  now->tv_nsec = ns % 1000000000;
  return 0;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
  (void)zone;
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* now) {
  struct timespec precise;
  clock_gettime(CLOCK_REALTIME_COARSE, &precise);
  if (now != NULL) *now = precise.tv_sec;
  return precise.tv_sec;
}

int adjtimex(struct timex* state) {
  if (state->modes != 0) abort(); /* nobody of ours sets a clock */
  *state = (struct timex){.status = host->synchronised ? STA_PLL : STA_UNSYNC, .maxerror = 1000, .esterror = 1000};
  return host->synchronised ? TIME_OK : TIME_ERROR;
}
