# Sourced by the tests: a clean environment, a folder to work in, and expectations.
set -u
: "${PROGRAM:?the program under test}" "${LIBRARIES:?the folder of the test libraries}"
WORK=$(mktemp -d)
trap 'chmod -R u+w "$WORK"; rm -rf "$WORK"' EXIT
export HOME="$WORK/home" FERROSCOPE_PLUGIN_PATH="$WORK/plugins"
unset XDG_DATA_HOME XDG_CACHE_HOME
mkdir -p "$HOME" "$FERROSCOPE_PLUGIN_PATH"
cp "$LIBRARIES/good/ferroTestCommands.so" "$FERROSCOPE_PLUGIN_PATH/"
cd "$WORK" || exit 1
failures=0

fail()
{
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# run STATUS COMMAND...: runs it, keeps $out and $err, and expects that status.
run()
{
  local expected=$1 status=0
  shift
  "$@" >"$WORK/.out" 2>"$WORK/.err" || status=$?
  out=$(<"$WORK/.out")
  err=$(<"$WORK/.err")
  [ "$status" = "$expected" ] || fail "$*: status $status, expected $expected; stderr: $err"
}

# has TEXT PART / lacks TEXT PART: PART is a plain string.
has()
{
  case "$1" in *"$2"*) ;; *) fail "'$2' is missing in: $1" ;; esac
}
lacks()
{
  case "$1" in *"$2"*) fail "'$2' is in: $1" ;; esac
}

finish()
{
  [ "$failures" = 0 ] && echo "all as expected"
  exit $((failures > 0))
}
