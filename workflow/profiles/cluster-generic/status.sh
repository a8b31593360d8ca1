#!/bin/sh
# Tells where a job stands: running, success or failed. A job that is gone without having told its status was lost.
set -eu
told() {
  if [ "$(cat "$1/status")" = 0 ]; then echo success; else echo failed; fi
}
if [ -e "$1/status" ]; then
  told "$1"
elif kill -0 "$(cat "$1/pid")" 2> /dev/null; then
  echo running
elif [ -e "$1/status" ]; then # it ended in between
  told "$1"
else
  echo failed
fi
