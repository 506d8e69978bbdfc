#!/usr/bin/env bash
# Measures starting, one reset and the check of a whole tenant against the sandbox on loopback. Needs a release build.
#
#   examples/bench.sh [RUNS] [LATENCY_MS]
#
# Prints a Markdown table: medians of CPU time (user + system) and wall time, and peak memory where GNU time is /usr/bin/time.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C
TIMEFORMAT='%3U %3S'

runs=${1:-7}
latency=${2:-50}
program=${ADMIN_RESET_PROGRAM:-target/release/admin-reset}
"$program" --version >/dev/null

work=$(mktemp -d)
server=
cleanup() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT
export ADMIN_RESET_STATE_DIR=$work/state ADMIN_RESET_CONFIG_DIR=$work/config

# serve USERS: the tenant as a server, its environment exported here.
serve() {
  if [ -n "$server" ]; then
    kill "$server"
    wait "$server" 2>/dev/null || true
  fi
  : >"$work/env"
  "$program" sandbox start --in-memory --users "$1" --latency "$latency" >"$work/env" 2>/dev/null &
  server=$!
  for _ in $(seq 100); do
    [ "$(grep -c '^export ' "$work/env")" = 5 ] && break
    sleep 0.05
  done
  # shellcheck disable=SC1091
  . "$work/env"
}

# measure NAME RUNS COMMAND...: one line of the table. %N in the command is the number of the run.
measure() {
  local name=$1 times=$2 run start end status peak=-
  shift 2
  : >"$work/figures"
  for run in $(seq 0 "$times"); do
    local words=("${@//%N/$run}")
    # The first run warms the caches; it is looked at for its memory only.
    if [ "$run" = 0 ] && [ -x /usr/bin/time ]; then
      words=(/usr/bin/time -o "$work/memory" -f %M "${words[@]}")
    fi
    status=0
    start=$(date +%s%N)
    { time "${words[@]}" >/dev/null 2>"$work/stderr" || status=$?; } 2>"$work/time"
    end=$(date +%s%N)
    # A check that answers "no" or "not known" has done its work.
    case $status in
      0 | 10 | 11) ;;
      *)
        cat "$work/stderr" >&2
        return 1
        ;;
    esac
    if [ "$run" != 0 ]; then
      awk -v wall="$((end - start))" '{ printf "%.3f %.3f\n", $1 + $2, wall / 1e9 }' "$work/time" >>"$work/figures"
    elif [ -s "$work/memory" ]; then
      # GNU time puts a line of its own before the figure when the exit is not 0.
      peak=$(tail -n 1 "$work/memory" | awk '{ printf "%.1f", $1 / 1024 }')
    fi
  done
  printf '| %s | %s | %s | %s | %s |\n' "$name" "$times" "$(median 1)" "$(median 2)" "$peak"
}

median() {
  sort -n -k "$1,$1" "$work/figures" | awk -v column="$1" '{ value[NR] = $column } END { print value[int((NR + 1) / 2)] }'
}

printf '%s, %s bytes; every reply after %s ms\n\n' "$("$program" --version)" "$(wc -c <"$program")" "$latency"
printf '| what | runs | CPU s | wall s | MiB |\n|---|---|---|---|---|\n'
measure '`--version`' "$runs" "$program" --version
measure '`--help`' "$runs" "$program" --help
serve 0
measure '`reset-user`, one user, as an app' "$runs" "$program" reset-user noor.haddad@contoso.com --secret-to "file:$work/p%N.txt" --confirm noor.haddad@contoso.com
serve 1000
measure '`check-security-info --all`, 1,030 users' 3 "$program" check-security-info --all -o csv
serve 10000
measure '`check-security-info --all`, 10,030 users' 3 "$program" check-security-info --all -o csv
