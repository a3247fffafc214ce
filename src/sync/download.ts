// Fetching a snapshot as the remote wrote it: compressed bytes into a sink, to be judged like any upload. What arrives is no
// more trusted than what a stranger sends to a server.
import type { BodyEncoding, DocumentForm } from "#core/read-document.ts";
import { readChunks, senseless } from "./answer.ts";
import { call } from "./call.ts";
import type { Remote } from "./remote.ts";
import { setPath, type RemoteSet } from "./set.ts";

/** Where the bytes go. */
export interface Sink {
  /** Called before each attempt: what an earlier one wrote is void. */
  restart(): void;
  write(bytes: Uint8Array): void;
}

export interface Downloaded {
  readonly form: DocumentForm;
  readonly encoding: BodyEncoding;
}

/** The compressed document of a hundred million entries; more is a remote that wants our disk full. */
const LIMIT_BYTES = 8 * 1024 ** 3;
/** Between two signs of life of a server that lists a large snapshot. */
const IDLE_MS = 60_000;
const DEADLINE_MS = 12 * 3_600_000;

/** Fetches a snapshot, as the difference to `baseId` when the remote can and we hold that one. */
export function downloadSnapshot(
  remote: Remote,
  set: RemoteSet,
  snapshotId: string,
  baseId: string | null,
  sink: Sink,
  signal: AbortSignal,
): Promise<Downloaded> {
  const request = {
    method: "GET" as const,
    path: [...setPath(set), snapshotId],
    query: baseId === null ? {} : { base: baseId },
    headers: { Accept: "application/x-ndjson", "Accept-Encoding": "zstd, gzip" },
    deadlineMs: DEADLINE_MS,
    idleMs: IDLE_MS,
    read: async (answer: Response, url: string): Promise<Downloaded> => {
      const form = forms.get(mediaType(answer));
      if (form === undefined) {
        await answer.body?.cancel();
        throw senseless(
          url,
          `is no snapshot but ${JSON.stringify(mediaType(answer).slice(0, 80))}`,
        );
      }
      sink.restart();
      for await (const chunk of readChunks(answer, url, LIMIT_BYTES, ["gzip", "zstd"])) {
        sink.write(chunk);
      }
      const encoding = answer.headers.get("content-encoding") ?? "identity";
      return { form, encoding: encoding as BodyEncoding };
    },
  };
  return call(remote, request, signal);
}

// --- internal ---

const forms = new Map<string, DocumentForm>([
  ["application/json", "json"],
  ["application/x-ndjson", "ndjson"],
]);

function mediaType(answer: Response): string {
  return (answer.headers.get("content-type") ?? "").split(";")[0]!.trim().toLowerCase();
}
