#!/bin/sh
# Starts the bundled gateway on the Node that the lock file installed beside it, else on the one on PATH; the bundle
# itself refuses a Node that is too old. `exec` keeps the process id, so that a client's signals arrive.
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
# A small young generation: calls leave little behind, and the default lets it grow by 40 MB under load.
# Over HTTP they bring more that is soon over.
case ${1-} in
  serve) memory=--max-semi-space-size=4 ;;
  *) memory=--max-semi-space-size=2 ;;
esac
for node in "$root/node_modules/.bin/node" "$root/../.bin/node"; do
  [ -x "$node" ] && exec "$node" "$memory" "$main" "$@"
done
if ! command -v node >/dev/null 2>&1; then
  echo "sentinel: no Node was found, neither in $root/node_modules nor on PATH; 22.19 or later is needed." >&2
  exit 70
fi
exec node "$memory" "$main" "$@"
