# Ctrl-C and SIGTERM: status 130, within half a second, nothing left behind.
. "$(dirname "$0")/harness.sh"
set -m # with job control the shell does not make its children ignore SIGINT
"$PROGRAM" list >/dev/null # writes the manifest

# interrupt SIGNAL OPTIONS...: expects that the command is gone within 0.5 s.
interrupt()
{
  local signal=$1
  shift
  "$PROGRAM" test-slow --output folder/result "$@" 2>"$WORK/.err" &
  local child=$! waited=0
  while [ -z "$(ls -A folder 2>/dev/null)" ] && [ $waited -lt 500 ]; do
    sleep 0.02
    waited=$((waited + 1))
  done
  sleep 0.3
  [ -n "$(ls -A folder 2>/dev/null)" ] || fail "test-slow has written nothing to interrupt"
  local start status=0
  start=$(date +%s%N)
  kill -s "$signal" $child
  wait $child || status=$?
  local took=$((($(date +%s%N) - start) / 1000000))
  [ $status = 130 ] || fail "$signal $*: status $status, expected 130"
  # The aim is 500 ms; a busy machine gets some grace.
  [ $took -lt 800 ] || fail "$signal $*: it took $took ms"
  [ ! -e folder ] || fail "$signal $*: left behind: $(find folder)"
  has "$(<.err)" "interrupted"
  echo "$signal $*: $took ms"
}
interrupt INT
interrupt TERM
interrupt INT --deaf
interrupt TERM --deaf

# The folder that was there before stays as it was.
mkdir -p kept
echo own >kept/own.txt
"$PROGRAM" test-slow --output kept &
child=$!
sleep 0.5
kill -INT $child
wait $child
[ "$(find kept | sort | tr '\n' ' ')" = "kept kept/own.txt " ] || fail "left in the folder: $(find kept)"
[ -z "$(find . -name '*.partial*')" ] || fail "left beside the folder: $(find . -name '*.partial*')"

# A script of macro lines ends, too.
printf 'test-slow --output one\ntest-slow --output two\n' >script.txt
"$PROGRAM" run script.txt 2>.err &
child=$!
sleep 0.5
kill -INT $child
status=0
wait $child || status=$?
[ $status = 130 ] || fail "run: status $status, expected 130"
[ ! -e one ] && [ ! -e two ] || fail "run left results behind"
finish
