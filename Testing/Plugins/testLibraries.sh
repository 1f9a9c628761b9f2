# Libraries: the broken ones are named and skipped, manifests spare opening, folders are searched in order.
. "$(dirname "$0")/harness.sh"
echo data >words.txt

# The manifest is written at the first start and used from then on.
run 0 "$PROGRAM" list
[ -s plugins/ferroTestCommands.json ] || fail "no manifest was written"
sed -i 's/Print the parameters/Title from the manifest/' plugins/ferroTestCommands.json
run 0 "$PROGRAM" list
has "$out" "Title from the manifest"
if command -v strace >/dev/null && strace -o trace true 2>/dev/null; then
  ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=mmap -y -o trace "$PROGRAM" list >/dev/null
  grep -q 'PROT_EXEC.*ferroTestCommands' trace && fail "list opens the library"
fi
# A manifest of another build does not count.
sed -i 's/"library": ".*"/"library": "build-id-0000"/' plugins/ferroTestCommands.json
run 0 "$PROGRAM" list
has "$out" "Print the parameters"
# Nor does a damaged one.
echo '{"format": 1, "commands": 3' >plugins/ferroTestCommands.json
run 0 "$PROGRAM" test-echo words.txt
run 0 "$PROGRAM" --write-manifest plugins/ferroTestCommands.so
run 3 "$PROGRAM" --write-manifest words.txt

# Broken ones.
cp "$LIBRARIES"/broken/*.so plugins/
echo "this is a text" >plugins/ferroText.so
: >plugins/ferroEmpty.so
head -c 3000 plugins/ferroTestCommands.so >plugins/ferroTruncated.so
mkdir plugins/sub
cp plugins/ferroText.so plugins/sub/ferroBelow.so
run 0 "$PROGRAM" list
has "$out" "test-echo"
for name in OtherAbi NoEntry Crashing Text Empty Truncated Below; do
  [ "$(grep -c "plugin skipped: .*ferro$name.so: " .err)" = 1 ] || fail "ferro$name.so is not named once: $err"
done
has "$err" "version 999 of the plugin interface"
has "$err" "entry point"
has "$err" "crashes"
has "$err" "ferroTruncated.so: is cut off: 3000 bytes, expected "
[ "$(wc -l <.err)" = 7 ] || fail "more lines than broken libraries: $err"
run 0 "$PROGRAM" test-echo words.txt
run 0 "$PROGRAM" test-echo --xml
[ -z "$err" ] || fail "--xml writes to standard error: $err"
rm -r plugins
mkdir plugins

# The user's own folders, and a read-only folder.
run 2 "$PROGRAM" test-echo words.txt
mkdir -p home/.local/share/ferroscope/plugins/mine
cp "$LIBRARIES/good/ferroTestCommands.so" home/.local/share/ferroscope/plugins/mine/
run 0 "$PROGRAM" test-echo words.txt
mkdir -p data/ferroscope
mv home/.local/share/ferroscope/plugins data/ferroscope/
run 2 "$PROGRAM" test-echo words.txt
XDG_DATA_HOME="$WORK/data" run 0 "$PROGRAM" test-echo words.txt
if [ "$(id -u)" != 0 ]; then
  rm -f data/ferroscope/plugins/mine/*.json
  chmod a-w data/ferroscope/plugins/mine
  XDG_DATA_HOME="$WORK/data" run 0 "$PROGRAM" list
  [ -n "$(ls home/.cache/ferroscope/manifests)" ] || fail "no manifest in the cache"
fi

# The first folder of several counts.
mkdir first second
cp "$LIBRARIES/good/ferroTestCommands.so" first/
cp "$LIBRARIES/good/ferroTestCommands.so" second/
FERROSCOPE_PLUGIN_PATH="$WORK/first:$WORK/second" run 0 "$PROGRAM" list
[ -z "$err" ] || fail "two copies of a plugin are complained about: $err"
sed -i 's/Print the parameters/From the first/' first/ferroTestCommands.json
FERROSCOPE_PLUGIN_PATH="$WORK/first:$WORK/second" run 0 "$PROGRAM" list
has "$out" "From the first"
finish
