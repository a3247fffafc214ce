// Which backupsets a command is about: the one named `SET` or `MACHINE/SET`, or all there are.
import { BsvError } from "#core/errors.ts";
import { checkName } from "#core/names.ts";
import { listBackupsets, listMachines, type Backupset, type SetName } from "#db/backupsets.ts";
import { resolveSet } from "#db/find-snapshot.ts";
import type { Scope } from "#db/scope.ts";
import type { RemoteBackupset, RemoteHistory } from "#jobs/remote-history.ts";
import { pagesOf } from "./pages.ts";

export interface SetWord {
  machineId: string | undefined;
  setName: string;
}

/** Reads `SET` or `MACHINE/SET`; throws `usage`. */
export function readSetWord(word: string): SetWord {
  const [setName, machineId, ...more] = word.split("/").toReversed();
  if (more.length > 0) {
    throw new BsvError("usage", `Not a backupset: ${JSON.stringify(word)}`, {
      hint: "Say SET or MACHINE/SET",
    });
  }
  checkName("backupset", setName!, "usage");
  if (machineId !== undefined) checkName("machine", machineId, "usage");
  return { machineId, setName: setName! };
}

/** The positional words of a command that looks at some sets, or at all. */
export const setWords = {
  type: "positional",
  required: false,
  multiple: true,
  description: "SET or MACHINE/SET; none: all of them",
  read: readSetWord,
} as const;

/** The sets that words name; without any all sets, or those of a machine. Throws `not_found`, `ambiguous`. */
export async function namedSets(
  scope: Scope,
  words: readonly SetWord[],
  machineId?: string,
): Promise<SetName[]> {
  if (words.length === 0) return allSets(scope, machineId);
  return Promise.all(words.map((word) => resolveSet(scope, word)));
}

/** All sets of a machine, or of all machines. */
export async function allSets(scope: Scope, machineId: string | undefined): Promise<Backupset[]> {
  const sets: Backupset[] = [];
  for await (const machines of pagesOf((page) => listMachines(scope, page))) {
    for (const machine of machines) {
      if (machineId !== undefined && machine.machineId !== machineId) continue;
      const pages = pagesOf((page) => listBackupsets(scope, machine.machineId, page));
      for await (const rows of pages) sets.push(...rows);
    }
  }
  return sets;
}

/** The same at a remote. */
export async function remoteSets(
  history: RemoteHistory,
  machineId: string | undefined,
): Promise<RemoteBackupset[]> {
  const machines: string[] = machineId === undefined ? [] : [machineId];
  if (machineId === undefined) {
    for await (const page of history.machines()) {
      machines.push(...page.map((machine) => machine.machineId));
    }
  }
  const sets: RemoteBackupset[] = [];
  for (const machine of machines) {
    for await (const page of history.backupsets(machine)) sets.push(...page);
  }
  return sets;
}
