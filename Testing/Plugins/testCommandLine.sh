# The program's own commands, status and messages of failures, macros, completion.
. "$(dirname "$0")/harness.sh"
echo data >words.txt

run 0 "$PROGRAM" --version
has "$out" "ferroscope "
run 0 "$PROGRAM" list
has "$out" "test-echo"
run 0 "$PROGRAM" list --json
has "$out" '"widthNm"' # other programs read every parameter there
has "$out" '"name": "test-echo"'
run 0 "$PROGRAM" --help
has "$out" "test-slow"
run 2 "$PROGRAM"
run 2 "$PROGRAM" tset-echo
has "$err" "ferroscope: tset-echo: there is no such command, did you mean test-echo?"
run 2 "$PROGRAM" --versoin
has "$err" "did you mean --version?"
run 0 "$PROGRAM" test-echo --help
for part in "Usage: ferroscope test-echo TABLE [SECOND]" "--width-nm" "(0 to 10 nm; default 1 nm)" "--no-smooth" \
  "Advanced options" "Common options" "ferroscope test-echo words.txt --width-nm 2" "Journal 1 (2000)"; do
  has "$out" "$part"
done

# Failures: one line, the status of its kind.
for case in "usage 2 wrong in" "input 3 words.txt: not what" "analysis 4 looked for" "memory 4 not enough memory" \
  "itk 1 something inside ITK" "standard 1 unforeseen" "undeclared 1 nobodyDeclaredThis"; do
  set -- $case
  run "$2" "$PROGRAM" test-echo words.txt --fail "$1"
  has "$err" "ferroscope: test-echo: "
  has "$err" "$3"
  [ "$(wc -l <.err)" = 1 ] || fail "more than one line: $err"
  lacks "$err" ".cxx"
  lacks "$err" "0x"
done
run 2 "$PROGRAM" test-echo words.txt --width-nm 11
has "$err" "ferroscope: test-echo: --width-nm: 11 nm is outside the allowed range, 0 to 10 nm"

# Progress: nothing when the output is no terminal; Slicer's protocol where it is asked for.
run 0 "$PROGRAM" test-echo words.txt
[ "$err" = "ferroscope: test-echo: warning: a warning" ] || fail "standard error: $err"
run 0 "$PROGRAM" test-echo words.txt --log-level error
[ -z "$err" ] || fail "standard error: $err"
run 0 "$PROGRAM" test-echo words.txt --progress slicer
for part in "<filter-start>" "<filter-name>test-echo</filter-name>" '<filter-comment> "First &amp; foremost" </filter-comment>' \
  "<filter-progress>0.250</filter-progress>" "<filter-progress>1.000</filter-progress>" "<filter-end>"; do
  has "$out" "$part"
done
# A container may have no pseudo-terminals.
if script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
  script -qec "'$PROGRAM' test-slow --output slow --seconds 1.5" /dev/null >terminal.txt </dev/null
  has "$(<terminal.txt)" "Waiting"
  has "$(<terminal.txt)" "elapsed"
  has "$(<terminal.txt)" "remaining"
  rm -r slow
fi

# Description for 3D Slicer: also by the name of a link, nothing but XML, also with Slicer's own options.
run 0 "$PROGRAM" test-echo --xml
has "$out" "<executable>"
[ -z "$err" ] || fail "standard error: $err"
if command -v xmllint >/dev/null; then
  xmllint --noout .out || fail "not well-formed"
fi
xml=$out
ln -s "$PROGRAM" ferroscope-test-echo
run 0 ./ferroscope-test-echo --xml
[ "$out" = "$xml" ] || fail "the link prints another description"
run 0 ./ferroscope-test-echo --returnparameterfile r.txt --widthNm 2 --note "" --limit "" --center both words.txt
has "$out" '"widthNm": 2.0'
has "$out" '"limit": null'

# The macro line runs again: from the summary and as a script.
run 0 "$PROGRAM" test-echo words.txt --note "it's 2 \$x" --width-nm 2.5 --output "out one"
has "$out" '"file": "words.txt"'
cp "out one/summary.json" first.json
rm -r "out one"
run 0 "$PROGRAM" run first.json
diff <(grep -v seconds first.json) <(grep -v seconds "out one/summary.json") >&2 || fail "the macro runs otherwise"
printf '# a script\n\nferroscope test-echo words.txt --output a\ntest-echo words.txt --output b # again\n' >script.txt
run 0 "$PROGRAM" run script.txt
[ -e a/summary.json ] && [ -e b/summary.json ] || fail "the script did not run"
printf 'test-echo words.txt --output c\ntest-echo words.txt --fail analysis\ntest-echo words.txt --output d\n' >script.txt
run 4 "$PROGRAM" run script.txt
has "$err" "script.txt: line 2"
[ -e c ] && [ ! -e d ] || fail "the script did not stop at its second line"
run 3 "$PROGRAM" run nowhere.txt
has "$err" "nowhere.txt"
echo '{"a": 1}' >other.json
run 3 "$PROGRAM" run other.json

# Inputs are never replaced.
mkdir results
cp words.txt results/summary.json
run 2 "$PROGRAM" test-echo results/summary.json --output results
[ "$(<results/summary.json)" = data ] || fail "an input was replaced"
run 2 "$PROGRAM" test-echo words.txt --output ./words.txt
echo other >file.txt
run 5 "$PROGRAM" test-echo words.txt --output file.txt
has "$err" "file.txt: is a file"
run 5 "$PROGRAM" test-echo words.txt --output /proc/nowhere/results

# A full or closed standard output.
run 5 bash -c "'$PROGRAM' list >/dev/full"
run 5 bash -c "'$PROGRAM' list --json >/dev/full"
has "$err" "standard output"
run 0 bash -c "set -o pipefail; '$PROGRAM' list --json | head -c 1 >/dev/null"
[ -z "$err" ] || fail "a closed pipe is complained about: $err"

# Completion.
for shell in bash zsh fish; do
  run 0 "$PROGRAM" completion $shell
  has "$out" "__complete"
  if command -v $shell >/dev/null; then
    $shell -n .out || fail "$shell does not understand its script"
  fi
done
run 2 "$PROGRAM" completion bsh
has "$err" "did you mean bash?"
run 0 "$PROGRAM" __complete test-e
has "$out" "test-echo"
lacks "$out" "test-slow"
run 0 "$PROGRAM" __complete test-echo --wid
has "$out" "--width-nm"
run 0 "$PROGRAM" __complete test-echo words.txt --center ""
has "$out" "both"
run 0 "$PROGRAM" __complete test-echo ""
has "$out" "@files"
run 0 bash -c "PATH=\$(dirname '$PROGRAM'):\$PATH; source <(ferroscope completion bash)
  COMP_WORDS=(ferroscope test-echo --sw); COMP_CWORD=2; _ferroscope; echo \"\${COMPREPLY[@]}\""
[ "$out" = "--swap-sublattices" ] || fail "bash completes to: $out"
finish
