#!/bin/sh
# Ends jobs with all their processes.
for job in "$@"; do
  kill -s TERM -- "-$(cat "$job/pid")" 2> /dev/null || true
done
