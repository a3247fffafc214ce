// A kopia snapshot as a copy. `kopia restore --mode=tar` writes to nothing but a file that it opens by its name, for reading and
// writing (cli/command_restore.go, os.Create): so it gets a named pipe. As kopia holds both of its ends, it would never hear that
// nobody reads any more; a shell stands between, which ends it then, and when bsv itself is gone.
import type { Copy } from "./copy.ts";
import type { OpenOptions } from "./open.ts";
import { noPlace, streamCopy } from "./tool-copy.ts";

/** `kopia:SOURCE`: what `kopia restore` takes, of the repository that it is connected to: a snapshot's id, or the path it was made of. */
export function kopiaCopy(source: string, options: OpenOptions): Copy {
  if (source === "" || source.startsWith("-")) {
    throw noPlace("kopia", "kopia:SNAPSHOT_ID, or kopia:/PATH for the latest snapshot of a path");
  }
  const command = ["sh", "-c", THROUGH_A_PIPE, "kopia", source];
  return streamCopy(`kopia:${source}`, command, options, { name: "kopia", isLeashed: true });
}

// --- internal ---

/**
 * `$1` is the source. Descriptor 3 is the leash, open as long as bsv lives; 4 keeps the pipe writable until kopia has ended, however
 * early that is; 5 is where it is read. Ctrl-C is for all that the terminal runs, this shell too; a shell that a signal ends without a trap
 * leaves the folder. What it says of a child that was killed has no reader when bsv is gone: PIPE must not end it.
 */
const THROUGH_A_PIPE = `
command -v kopia >/dev/null || { echo "kopia: not found" >&2; exit 127; }
folder= tool= reader= leash=
trap 'rm -rf "$folder"' EXIT
trap 'kill -9 $tool $reader $leash 2>/dev/null; exit 143' INT HUP QUIT TERM
folder=$(mktemp -d) || exit
mkfifo -m 600 "$folder/tar" && exec 3<&0 4<>"$folder/tar" 5<"$folder/tar" || exit
cat <&5 3<&- 4>&- & reader=$!
kopia restore "$1" "$folder/tar" --mode=tar </dev/null >&2 3<&- 4>&- 5<&- & tool=$!
end() { kill "$tool" "$reader"; sleep 2; kill -9 "$tool"; }
{ read -r _ <&3; end; } >/dev/null 2>&1 4>&- 5<&- & leash=$!
trap : PIPE
exec 3<&- 5<&-
wait "$tool"; status=$?
exec 4>&-
kill "$leash"
wait "$reader"
exit "$status"`;
