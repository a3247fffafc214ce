// A snapshot as an answer: its header alone, the whole document, or the lines of the wire. Streams are read by short pages, so a
// slow reader holds nothing up; if the snapshot is deleted meanwhile the connection breaks, for a short list would be a lie.
import { changeLine } from "#core/delta.ts";
import { jsonText } from "#core/entry.ts";
import { pathOfKey } from "#core/order.ts";
import { withoutStoreMembers, type StoreMembers } from "#core/store-members.ts";
import { timestampText } from "#core/timestamp.ts";
import { deltaPages } from "#db/comparison/delta.ts";
import { findSnapshot } from "#db/find-snapshot.ts";
import type { SnapshotRow } from "#db/snapshots.ts";
import type { Scope } from "#db/scope.ts";
import { documentText } from "#jobs/document-text.ts";
import { textAnswer } from "./answer.ts";
import { negotiate } from "./negotiate.ts";
import { streamed } from "./streamed.ts";

/** A snapshot never changes, but for its tags; it can only be gone. */
const IMMUTABLE = { "Cache-Control": "private, no-cache" };
export const JSON_TYPE = "application/json";
export const NDJSON_TYPE = "application/x-ndjson";

/** The document without its files. */
export function headerJson({ snapshotId, headerText }: SnapshotRow): string {
  return `{"snapshot_id":${jsonText(snapshotId)},${headerText.slice(1)}`;
}

/** The same and what this store says of it: what lists are made of. */
export function listedJson(row: SnapshotRow): string {
  const header = JSON.parse(row.headerText) as Record<string, unknown>;
  const others = withoutStoreMembers(header);
  const headerText = others === header ? row.headerText : jsonText(others);
  return `${headerJson({ ...row, headerText }).slice(0, -1)},${jsonText(toldByStore(row)).slice(1)}`;
}

/** `beginLong` is told before an answer of any length is made, and may refuse it. */
export async function documentAnswer(
  scope: Scope,
  request: Request,
  row: SnapshotRow,
  wish: { files: boolean; base?: string | undefined },
  beginLong: () => void,
): Promise<Response> {
  const type = negotiate(request.headers.get("accept"), [JSON_TYPE, NDJSON_TYPE], "*/*");
  const isNdjson = type === NDJSON_TYPE && wish.files;
  const base =
    isNdjson && wish.base !== undefined
      ? await findSnapshot(scope, wish.base, { machineId: row.machineId, setName: row.setName })
      : undefined;
  const form = !wish.files
    ? headerForm(row)
    : isNdjson
      ? `ndjson-${base?.snapshotId ?? ""}`
      : "json";
  const headers = { ...IMMUTABLE, ETag: `"${row.snapshotId}-${form}"`, Vary: "Accept" };
  if (isKnown(request, headers.ETag)) return new Response(null, { status: 304, headers });
  if (!wish.files) return textAnswer(listedJson(row), 200, headers);
  const pieces = isNdjson
    ? wireText(scope, row, base?.snapshotId ?? null)
    : documentText(scope, row);
  const answer = { headers: { ...headers, "Content-Type": isNdjson ? NDJSON_TYPE : JSON_TYPE } };
  if (request.method === "HEAD") return new Response(null, answer);
  beginLong();
  return new Response(await streamed(pieces), answer);
}

// --- internal ---

/** As a document's pages: what waits for its reader is in memory. */
const PAGE_ENTRIES = 200;

const toldByStore = (row: SnapshotRow): StoreMembers => ({
  received_at: timestampText(row.receivedAtMs),
  ...(row.clientId === null ? {} : { client_id: row.clientId }),
  ...(row.isFutureDated ? { future_dated: true } : {}),
  tags: row.tags,
  verdict: row.verdict,
});

/** What the store says of it changes, so who knows another state does not know it. */
const headerForm = (row: SnapshotRow): string =>
  `header-${Bun.hash(jsonText(toldByStore(row))).toString(36)}`;

function isKnown(request: Request, etag: string): boolean {
  const known = request.headers.get("if-none-match");
  if (known === null) return false;
  return known.split(",").some((tag) => ["*", etag, `W/${etag}`].includes(tag.trim()));
}

/** What a push would send: the header's line, then entries, or changes to the base. */
async function* wireText(
  scope: Scope,
  { snapshotId, headerText }: SnapshotRow,
  baseId: string | null,
): AsyncGenerator<string> {
  const base = baseId === null ? "" : `"base":${jsonText(baseId)},`;
  yield `{"snapshot_id":${jsonText(snapshotId)},${base}${headerText.slice(1)}\n`;
  for await (const changes of deltaPages(scope, baseId, snapshotId, { pageSize: PAGE_ENTRIES })) {
    yield changes
      .map((change) => `${changeLine(change, pathOfKey(change.key.folder, change.key.name))}\n`)
      .join("");
  }
}
