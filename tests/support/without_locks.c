/* Loaded by LD_PRELOAD: a file system without locks. NO_LOCKS is the number of the error of every lock. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>

int flock(int file, int operation) {
  (void)file;
  (void)operation;
  errno = atoi(getenv("NO_LOCKS"));
  return -1;
}

static int refused(const char *name, int file, int command, void *argument) {
  int (*real)(int, int, ...) = dlsym(RTLD_NEXT, name);
  if (command == F_SETLK || command == F_SETLKW || command == F_GETLK) {
    errno = atoi(getenv("NO_LOCKS"));
    return -1;
  }
  return real(file, command, argument);
}

int fcntl(int file, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  return refused("fcntl", file, command, argument);
}

int fcntl64(int file, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  return refused("fcntl64", file, command, argument);
}
