// Validates a snapshot document from a file, a pipe or the store: all that is wrong with it, each with its line. Nothing is stored.
import { put } from "#core/delta.ts";
import { documentStart, EntryTally } from "#core/document.ts";
import { entryLine, type Entry } from "#core/entry.ts";
import { BsvError } from "#core/errors.ts";
import { compareKeys, pathOfKey, type EntryKey } from "#core/order.ts";
import { judgeEntry } from "#core/entry-json.ts";
import type { DocumentSink } from "#core/json-stream.ts";
import { readPlainEntry } from "#core/plain-entry.ts";
import { DEFAULT_LIMITS } from "#core/config/limits.ts";
import { readDocument, type DocumentForm } from "#core/read-document.ts";
import type { Run } from "#core/run.ts";
import { parseStrict } from "#core/strict-json.ts";
import { entryPages } from "#db/entries.ts";
import type { Scope } from "#db/scope.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { bodyChunks } from "#disk/body-chunks.ts";
import { ChangeSorter } from "#disk/change-sorter.ts";
import { documentKind, unnamedKind } from "#disk/document-kind.ts";
import { keepInput } from "#disk/kept-input.ts";
import { newSha256 } from "#disk/sha256.ts";
import { systemScratch } from "#disk/scratch.ts";
import { withWorkFolder } from "#disk/work-folder.ts";
import {
  DocumentCheck,
  MOST_PROBLEMS,
  type CheckedDocument,
  type DocumentProblem,
} from "./document-check.ts";

/** `-` is standard input. Throws `not_found` and `usage` for what is no file. */
export function validateFile(file: string, run: Run): Promise<CheckedDocument> {
  return withWorkFolder(systemScratch(), async (folder) => {
    const place = file === "-" ? await keepInput(`${folder}/stdin`, run.signal) : file;
    const { form, encoding } = file === "-" ? await unnamedKind(place) : documentKind(place);
    const chunks = () => bodyChunks([place], encoding, DEFAULT_LIMITS.document_size);
    return check(form, chunks, folder, run);
  });
}

/** What the store would export, without its own check on the way: that is what is to be found out. */
export async function validateStored(
  scope: Scope,
  row: SnapshotRow,
  run: Run,
): Promise<CheckedDocument> {
  return withWorkFolder(systemScratch(), (folder) =>
    check("json", () => storedChunks(scope, row), folder, run),
  );
}

// --- internal ---

async function check(
  form: DocumentForm,
  chunks: () => AsyncIterable<Uint8Array>,
  folder: string,
  run: Run,
): Promise<CheckedDocument> {
  const found = new DocumentCheck(run.now());
  let isWhole = true;
  try {
    await readDocument(chunks(), form, interruptible(found, run));
  } catch (error) {
    if (!(error instanceof BsvError) || !ENDS_READING.includes(error.code)) throw error;
    isWhole = false;
    const line = Number(error.details["line"] ?? 1);
    found.broken(line, `${error.message.replace(/^Line \d+: /, "")}; what follows was not read`);
  }
  const first = found.finish(isWhole);
  if (!first.isUnordered || !isWhole) return first;
  // Out of order: which paths stand twice, and what the list hashes to, is known only when it is sorted.
  const sorted = await sort(form, chunks(), folder, run);
  const again = new DocumentCheck(run.now());
  await readDocument(chunks(), form, interruptible(again, run));
  return again.finish(true, sorted);
}

const ENDS_READING = ["malformed", "invalid_document", "too_large"];

function interruptible(found: DocumentCheck, run: Run): DocumentSink {
  let files = 0;
  return {
    member: (name, value, line) => found.member(name, value, line),
    entry(text, line) {
      found.entry(text, line);
      if (++files % 4096 !== 0) return;
      run.signal.throwIfAborted();
      run.monitor.progress({ phase: "read", files, bytes: 0 });
    },
  };
}

async function sort(
  form: DocumentForm,
  chunks: AsyncIterable<Uint8Array>,
  folder: string,
  run: Run,
): Promise<{ treeHash: string; doubles: DocumentProblem[] }> {
  const sorter = new ChangeSorter(folder);
  let files = 0;
  try {
    await readDocument(chunks, form, {
      member() {},
      entry(text, line) {
        if (++files % 4096 === 0) {
          run.signal.throwIfAborted();
          run.monitor.progress({ phase: "sort", files, bytes: 0 });
        }
        const entry = readPlainEntry(text) ?? possible(text);
        if (entry !== undefined) sorter.add({ change: put(entry), text: entryLine(entry), line });
      },
    });
    const tally = new EntryTally(newSha256);
    const doubles: DocumentProblem[] = [];
    let last: EntryKey | undefined;
    for (const { change, line } of sorter.read()) {
      run.signal.throwIfAborted();
      const { key, entry } = change;
      if (last !== undefined && compareKeys(last, key) === 0 && doubles.length < MOST_PROBLEMS) {
        const path = pathOfKey(key.folder, key.name);
        doubles.push({ line, problem: "path: stands in the document twice", path });
      }
      last = key;
      if (entry !== null) tally.add(entry);
    }
    return { treeHash: tally.treeHash(), doubles };
  } finally {
    sorter.close();
  }
}

/** The entry of a line; undefined for an impossible one, which was told of already. */
function possible(text: string): Entry | undefined {
  const parsed = parseStrict(text);
  const judged = "value" in parsed ? judgeEntry(parsed.value) : parsed;
  return "entry" in judged ? judged.entry : undefined;
}

async function* storedChunks(scope: Scope, row: SnapshotRow): AsyncGenerator<Uint8Array> {
  let before = documentStart(row.snapshotId, row.headerText);
  for await (const entries of entryPages(scope, row.snapshotId)) {
    yield Buffer.from(before + entries.map(entryLine).join(",\n"));
    before = ",\n";
  }
  yield Buffer.from(`${before === ",\n" ? "" : before}\n]}\n`);
}
