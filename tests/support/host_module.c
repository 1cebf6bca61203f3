/* A module by which libc finds hosts (nsswitch.conf, "hosts: lictor_e2e"): every name is 127.0.0.1. Who asks for
   ptrace.* has the module try to be traced, which no program of ours has a reason to. */
#include <arpa/inet.h>
#include <netdb.h>
#include <nss.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>

enum nss_status _nss_lictor_e2e_gethostbyname4_r(const char* name, struct gaih_addrtuple** found, char* buffer,
                                                 size_t room, int* error, int* host_error, int32_t* life) {
  (void)buffer, (void)room, (void)error, (void)host_error, (void)life;
  if (strncmp(name, "ptrace.", 7) == 0) ptrace(PTRACE_TRACEME, 0, 0, 0);
  static char known[256];
  static struct gaih_addrtuple loopback;
  strncpy(known, name, sizeof known - 1);
  loopback = (struct gaih_addrtuple){.name = known, .family = AF_INET, .addr = {htonl(INADDR_LOOPBACK)}};
  *found = &loopback;
  return NSS_STATUS_SUCCESS;
}
