// One scan or rollback of a set at a time, and beside it one push. The lock is held by the kernel; the note beside it only tells people who holds it.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BsvError } from "#core/errors.ts";
import { timestampText } from "#core/timestamp.ts";
import type { SetName } from "./backupsets.ts";
import { tryLock, type FileLock } from "./store/file-lock.ts";

type Deed = "scanned" | "rolled back" | "pushed";

/** Takes the set for this process, until released or until the process ends, however it ends. Throws `locked`. */
export async function lockSet(
  dataDir: string,
  set: SetName,
  deed: Deed = "scanned",
): Promise<FileLock> {
  const folder = join(dataDir, "locks", set.machineId);
  // No set's name holds a `+`.
  const name = deed === "pushed" ? `${set.setName}+push` : set.setName;
  const file = join(folder, `${name}.lock`);
  const note = join(folder, `${name}.holder`);
  const lock = tryLock(file, "exclusive");
  if (lock === undefined) throw lockedBy(set, deed, readHolder(note));
  const started_at = timestampText(performance.timeOrigin);
  const holder: Holder = { pid: process.pid, started_at, deed };
  writeFileSync(note, JSON.stringify(holder), { mode: 0o600 });
  return lock;
}

// --- internal ---

interface Holder {
  pid: number;
  started_at: string;
  deed?: Deed;
}

function lockedBy(set: SetName, tried: Deed, holder: Holder | undefined): BsvError {
  const who =
    holder === undefined ? "another bsv" : `process ${holder.pid}, started at ${holder.started_at}`;
  const deed = holder?.deed ?? tried;
  return new BsvError("locked", `${set.machineId}/${set.setName} is being ${deed} by ${who}`, {
    hint: "Wait for it to end, or stop it",
    details: { machine_id: set.machineId, backupset_name: set.setName, ...holder },
  });
}

/** The note may be from a holder before, or half-written: it is for the message only. */
function readHolder(note: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(note, "utf8")) as Holder;
  } catch {
    return undefined; // the lock itself was refused all the same
  }
}
