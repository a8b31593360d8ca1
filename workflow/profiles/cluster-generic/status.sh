#!/bin/sh
# Tells where a job stands: running, success or failed. A job that is gone without having told its status was lost.
set -eu
told() {
  if [ "$(cat "$1/status")" = 0 ]; then echo success; else echo failed; fi
}
# Where nobody waits for a process that ended, as in some containers, it stays as a zombie: it runs no more.
runs() {
  kill -0 "$1" 2> /dev/null && ! grep -qs '^State:[[:space:]]*Z' "/proc/$1/status"
}
if [ -e "$1/status" ]; then
  told "$1"
elif runs "$(cat "$1/pid")"; then
  echo running
elif [ -e "$1/status" ]; then # it ended in between
  told "$1"
else
  echo failed
fi
