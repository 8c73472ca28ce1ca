#!/bin/sh
# Starts the bundled gateway on a Node that it supports (>= 22.19): the one on PATH if that is new enough,
# else the one that the lock file installed beside it. `exec` keeps the process id, so that a client's signals arrive.
self=$0
while [ -L "$self" ]; do
  link=$(readlink "$self")
  case $link in /*) self=$link ;; *) self=$(dirname "$self")/$link ;; esac
done
root=$(CDPATH= cd -- "$(dirname "$self")/.." && pwd)
main=$root/dist/sentinel.mjs
if [ ! -f "$main" ]; then
  echo "sentinel: $main is missing. Run 'npm ci' (or 'npm run build') in $root first." >&2
  exit 70
fi
for node in "$root/node_modules/.bin/node" "$root/../.bin/node"; do
  [ -x "$node" ] && exec "$node" "$main" "$@"
done
exec node "$main" "$@"
