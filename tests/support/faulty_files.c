/* Loaded by LD_PRELOAD: faults of files below the folder FAULT_BELOW, and of the clock.

   FAULT  eio-read, eio-write, enospc, eio-sync, eio-rename: that call fails, reads and writes after FAULT_AFTER bytes
          short-read, short-write: one call transfers 7 or 1,000 bytes at most
          fork: no process can be started, after FAULT_AFTER others
          clock: each look at the clock of the day sees it jump by ten years, forwards and back */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static ssize_t done;

static int is(const char *name) {
  const char *fault = getenv("FAULT");
  return fault != NULL && strcmp(fault, name) == 0;
}

static int concerns(int file) {
  char link[64], path[4096];
  const char *below = getenv("FAULT_BELOW");
  if (below == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return strncmp(path, below, strlen(below)) == 0;
}

static int fails(int file, size_t count, int number) {
  if (!concerns(file)) return 0;
  done += (ssize_t)count;
  if (done <= atol(getenv("FAULT_AFTER"))) return 0;
  errno = number;
  return 1;
}

static size_t limited(int file, size_t count, size_t most) { return count > most && concerns(file) ? most : count; }

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t read(int file, void *buffer, size_t count) {
  if (is("eio-read") && fails(file, count, EIO)) return -1;
  if (is("short-read")) count = limited(file, count, 7);
  return REAL(read)(file, buffer, count);
}

ssize_t write(int file, const void *buffer, size_t count) {
  if (is("eio-write") && fails(file, count, EIO)) return -1;
  if (is("enospc") && fails(file, count, ENOSPC)) return -1;
  if (is("short-write")) count = limited(file, count, 1000);
  return REAL(write)(file, buffer, count);
}

int fsync(int file) {
  if (is("eio-sync") && concerns(file)) {
    errno = EIO;
    return -1;
  }
  return REAL(fsync)(file);
}

int rename(const char *from, const char *to) {
  const char *below = getenv("FAULT_BELOW");
  if (is("eio-rename") && below != NULL && (to[0] != '/' || strncmp(to, below, strlen(below)) == 0)) {
    errno = EIO;
    return -1;
  }
  return REAL(rename)(from, to);
}

pid_t fork(void) {
  static int forked;
  if (is("fork") && forked++ >= atoi(getenv("FAULT_AFTER"))) {
    errno = EAGAIN;
    return -1;
  }
  return REAL(fork)();
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  static int looks;
  int result = REAL(clock_gettime)(clock, now);
  if (clock == CLOCK_REALTIME && is("clock")) now->tv_sec += looks++ % 2 ? 315360000 : -315360000;
  return result;
}
