#!/bin/sh
# Starts a job script as a session of its own and tells the job's name: a folder with its process id, its output and,
# once it has ended, its status.
set -eu
mkdir -p .snakemake/cluster
job=$(mktemp -d .snakemake/cluster/XXXXXXXX)
# Python, because macOS has no setsid, and Snakemake needs Python anyway.
python3 -c 'import os, sys; os.setsid(); os.execvp("sh", ["sh", *sys.argv[1:]])' -c '
  echo $$ > "$2/pid.part" && mv "$2/pid.part" "$2/pid"
  sh "$1"
  echo $? > "$2/status.part" && mv "$2/status.part" "$2/status"
' job "$1" "$job" > "$job/output" 2>&1 < /dev/null &
until [ -s "$job/pid" ]; do sleep 0.05; done
echo "$job"
