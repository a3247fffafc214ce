// A snapshot document comes in, from a request or a file, whole or as a difference: it is read as a stream, judged, brought
// into the one order and recorded, or refused with its first offending line, and then nothing is stored.
import { snapshotId } from "#core/document.ts";
import type { Change } from "#core/delta.ts";
import type { Entry } from "#core/entry.ts";
import { BsvError } from "#core/errors.ts";
import type { DocumentSink } from "#core/json-stream.ts";
import type { DocumentLimits } from "#core/config/limits.ts";
import { problem } from "#core/lines.ts";
import { compareKeys, pathOfKey, type EntryKey } from "#core/order.ts";
import { readDocument, type BodyEncoding, type DocumentForm } from "#core/read-document.ts";
import type { Run } from "#core/run.ts";
import { snapshotStatement, type Signed } from "#core/signature.ts";
import type { SetName } from "#db/backupsets.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import { recordSnapshot } from "#db/recording/record.ts";
import type { Quota } from "#db/access/quota.ts";
import type { Scope } from "#db/scope.ts";
import { signatureOf } from "#db/proof/signatures.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import { bodyChunks } from "#disk/body-chunks.ts";
import { ChangeSorter, type Placed } from "#disk/change-sorter.ts";
import { newSha256 } from "#disk/sha256.ts";
import { verifySignature } from "#disk/signing-key.ts";
import { withWorkFolder } from "#disk/work-folder.ts";
import { judge } from "#jobs/judge.ts";
import { Intake, type Incoming } from "./intake.ts";
import { seal } from "./seal.ts";
import { talliedHere, withTallying } from "./tallying.ts";

export interface IngestInput {
  /** Files whose bytes, one after another, are the body. */
  readonly parts: readonly string[];
  readonly form: DocumentForm;
  readonly encoding: BodyEncoding;
  /** Where it was sent to; a document of another set is refused. */
  readonly set?: SetName | undefined;
  /** What was asked for; any other snapshot is refused. */
  readonly expectedId?: string | undefined;
  /** Sent by an installation over the network: the first one to name itself as a machine's keeps the name. */
  readonly isFromAgent?: boolean;
  /** That installation, when it is not the one that wrote it: a successor sends on what its predecessor witnessed. */
  readonly sentBy?: string | undefined;
  /** The signature that came beside it: refused unless it fits. */
  readonly signed?: Signed | undefined;
  /** The name its foreign writer gave it, where it comes from a store that keeps it beside the document. */
  readonly clientId?: string | undefined;
  readonly receivedAtMs: number;
  /** Where entries may be sorted: a folder of the caller's, left as it was. */
  readonly workFolder: string;
  readonly limits: DocumentLimits;
  /** What the owner of the set may have in this store; undefined: no limit. */
  readonly quota?: Quota | undefined;
}

export interface Ingested {
  readonly status: "stored" | "exists";
  readonly row: SnapshotRow;
  /** The document's parent, when this store does not hold it. */
  readonly gap: string | null;
}

/** Throws `malformed`, `invalid_document`, `too_large`, or what recording throws; then nothing is stored. */
export function ingest(scope: Scope, input: IngestInput, run: Run): Promise<Ingested> {
  return withWorkFolder(input.workFolder, async (folder) => {
    const sorter = new ChangeSorter(folder);
    const incoming = await read(input, sorter, run);
    if (input.set !== undefined) checkAddress(incoming, input.set);
    if (input.expectedId !== undefined) checkId(incoming, input.expectedId);
    const known = await alreadyHeld(scope, incoming, sorter, input);
    if (known !== undefined) return withGap(scope, "exists", known);
    const { kind, row } = await record(scope, incoming, sorter, input);
    const verdict = row.verdict ?? (await judge(scope, row, run))?.verdict ?? null;
    return withGap(scope, kind, { ...row, verdict });
  });
}

// --- internal ---

/** How often, in entries, a reader is asked to stop and tells how far it is. */
const REPORT_EVERY = 4096;

async function read(input: IngestInput, sorter: ChangeSorter, run: Run): Promise<Incoming> {
  const { limits } = input;
  const intake = new Intake(sorter, limits.depth);
  let files = 0;
  const chunks = bodyChunks(input.parts, input.encoding, limits.document_size);
  const sink: DocumentSink = {
    member: (name, value, line) => intake.member(name, value, line),
    entry: (text, line) => {
      intake.entry(text, line);
      if (++files > limits.entries) {
        throw problem("too_large", line, `The document has more than ${limits.entries} entries`);
      }
      if (files % REPORT_EVERY !== 0) return;
      run.signal.throwIfAborted();
      run.monitor.progress({ phase: "read", files, bytes: 0 });
    },
  };
  await readDocument(chunks, input.form, sink, limits);
  return intake.judge();
}

function setOf({ header }: Incoming): SetName {
  return { machineId: header.machine_id, setName: header.backupset_name };
}

function checkAddress(incoming: Incoming, set: SetName): void {
  const { machineId, setName } = setOf(incoming);
  if (machineId === set.machineId && setName === set.setName) return;
  const member = machineId === set.machineId ? "backupset_name" : "machine_id";
  const text = `${member}: the document is of ${machineId}/${setName}, but was sent to ${set.machineId}/${set.setName}`;
  throw problem("invalid_document", incoming.lineOf(member), text);
}

/** Whether the content has this id is proven later, as for all of ours. */
function checkId(incoming: Incoming, expectedId: string): void {
  if (incoming.isOurs && incoming.givenId === expectedId) return;
  const text = `snapshot_id: is ${String(incoming.givenId)}, but ${expectedId} was asked for`;
  throw problem("invalid_document", incoming.lineOf("snapshot_id"), text);
}

/**
 * The snapshot, if we hold it and what was sent is it: then nobody need wait for the store's pen. The content of a
 * difference is proven while recording; where its base is gone, the id alone says which one is meant.
 */
async function alreadyHeld(
  scope: Scope,
  incoming: Incoming,
  sorter: ChangeSorter,
  { signed }: IngestInput,
): Promise<SnapshotRow | undefined> {
  const { isOurs, givenId, headerText, baseId } = incoming;
  if (!isOurs || givenId !== snapshotId(headerText, newSha256)) return undefined;
  const held = await findSnapshot(scope, givenId, setOf(incoming));
  if (held === undefined) return undefined;
  if (signed !== undefined && (await signatureOf(scope, givenId)) === undefined) return undefined;
  if (baseId === null) seal(incoming, talliedHere(entriesOf(distinct(sorter.read()))));
  else if ((await findSnapshot(scope, baseId, setOf(incoming))) !== undefined) return undefined;
  return held;
}

async function record(
  scope: Scope,
  incoming: Incoming,
  sorter: ChangeSorter,
  { receivedAtMs, isFromAgent, sentBy, signed, clientId: keptId, quota }: IngestInput,
): Promise<{ kind: "stored" | "exists"; row: SnapshotRow }> {
  const set = setOf(incoming);
  const { baseId, timestampMs } = incoming;
  const clientId = (incoming.isOurs ? keptId : incoming.givenId) ?? null;
  return withTallying(incoming.header.summary.file_count, (tallied) =>
    recordSnapshot(scope, {
      set,
      timestampMs,
      receivedAtMs,
      quota,
      clientId: clientId ?? undefined,
      agentId: isFromAgent === true ? (sentBy ?? incoming.header.agent_id) : undefined,
      content: { baseId, changes: distinct(sorter.read()) },
      signedBy: isFromAgent === true ? "sender" : "carried",
      seal: (list) => {
        const sealed = { ...seal(incoming, tallied(list)), signed };
        if (signed !== undefined) checkSigned(signed, sealed.snapshotId);
        return sealed;
      },
    }),
  );
}

function checkSigned(signed: Signed, snapshotId: string): void {
  if (verifySignature(signed, snapshotStatement(snapshotId))) return;
  throw new BsvError("forbidden", `The signature is not of snapshot ${snapshotId}`, {
    details: { snapshot_id: snapshotId, public_key: signed.publicKey },
  });
}

/** The changes in order; a path that stands twice is blamed on its second line. */
function* distinct(sorted: Iterable<Placed>): Generator<Change> {
  let last: EntryKey | undefined;
  for (const { change, line } of sorted) {
    const { key } = change;
    if (last !== undefined && compareKeys(last, key) === 0) {
      const path = pathOfKey(key.folder, key.name);
      throw problem("invalid_document", line, "path: stands in the document twice", { path });
    }
    last = key;
    yield change;
  }
}

/** Without a base there are no removals: the intake has seen to that. */
function* entriesOf(changes: Iterable<Change>): Generator<Entry> {
  for (const { entry } of changes) yield entry!;
}

async function withGap(
  scope: Scope,
  status: "stored" | "exists",
  row: SnapshotRow,
): Promise<Ingested> {
  const { parentId } = row;
  const hasParent = parentId === null || (await findSnapshot(scope, parentId)) !== undefined;
  return { status, row, gap: hasParent ? null : parentId };
}
