// Whatever rclone reaches, as a copy: its own listing, then each file through `rclone cat`, a few at a time. Remotes and their secrets
// are in rclone's configuration; how it ends counts. Hashes that a remote claims to have are not asked for: bytes are read. Parameters of
// a connection string (`:s3,secret_access_key=…:bucket`) may be secrets: records are pushed, and tell a hash of them.
import { z } from "zod";
import { parseTimestamp } from "#core/timestamp.ts";
import { BsvError } from "#core/errors.ts";
import { CopyCut, EntryTrouble, type Copy, type CopyEntry } from "./copy.ts";
import { secretMark } from "./secret-mark.ts";
import { toolOutput } from "./tool.ts";

/** `REMOTE:PATH`, as rclone has it. */
export function rcloneCopy(place: string): Copy {
  if (!/^[^:]*:/.test(place) || place.startsWith("-")) {
    throw new BsvError("usage", "Not a place that rclone knows", {
      hint: "Say rclone:REMOTE:PATH",
    });
  }
  return {
    target: `rclone:${shownPlace(place)}`,
    keepsSymlinks: false,
    clockStepUs: COARSE_US,
    entries: (signal) => files(place, signal),
  };
}

// --- internal ---

/** `:s3,provider=x,secret=y:bucket` and `nas,secret=y:dir`: what stands between the first comma and the colon that ends the remote. */
const PARAMETERS = /^:?[^:,]*,((?:"(?:[^"]|"")*"|'(?:[^']|'')*'|[^:"'])*):/;

const hasParameters = (place: string): boolean => /^:?[^:,/]*,/.test(place);

function shownPlace(place: string): string {
  if (!hasParameters(place)) return place;
  const parameters = PARAMETERS.exec(place)?.[1];
  if (parameters === undefined) return secretMark(place);
  return place.replace(parameters, () => secretMark(parameters));
}

/** rclone repeats in its complaints the place it was told. */
const output = (place: string, command: readonly string[], signal: AbortSignal) =>
  toolOutput(["rclone", ...command], signal, { isDiscreet: hasParameters(place) });

/** Remotes keep times as coarsely as they like. */
const COARSE_US = 2_000_000;
/** Each is a process of its own. */
const AT_ONCE = 4;
const SMALL_BYTES = 4 << 20;
/** `lsjson` writes a line for each file; a longer one is none. */
const LONGEST_LINE = 1 << 20;

const listedSchema = z.looseObject({
  Path: z.string(),
  Size: z.int(),
  ModTime: z.string(),
  IsDir: z.boolean(),
});
type Listed = z.infer<typeof listedSchema>;

async function* files(place: string, signal: AbortSignal): AsyncGenerator<CopyEntry> {
  let batch: Listed[] = [];
  for await (const listed of list(place, signal)) {
    batch.push(listed);
    if (batch.length < AT_ONCE) continue;
    yield* read(place, batch, signal);
    batch = [];
  }
  yield* read(place, batch, signal);
}

/** The small ones of a batch are fetched side by side. */
async function* read(
  place: string,
  batch: readonly Listed[],
  signal: AbortSignal,
): AsyncGenerator<CopyEntry> {
  const ahead = new Map(
    batch
      .filter(({ Size }) => Size <= SMALL_BYTES)
      .map((listed) => [listed, fetchWhole(place, listed, signal)]),
  );
  for (const listed of batch) {
    const { Path: name, Size, ModTime } = listed;
    const sizeBytes = Size < 0 ? null : Size; // some remotes do not know before
    const readBytes = async (take: (piece: Uint8Array) => void): Promise<void> => {
      const whole = ahead.get(listed);
      let count = 0;
      const taken = (piece: Uint8Array): void => {
        take(piece);
        count += piece.length;
      };
      if (whole === undefined) await fetchInto(place, listed, signal, taken);
      else {
        const pieces = await whole;
        if (pieces instanceof EntryTrouble) throw pieces;
        for (const piece of pieces) taken(piece);
      }
      if (sizeBytes !== null && count !== sizeBytes) {
        throw new EntryTrouble("unstable", "UNSTABLE: not as long as it was listed");
      }
    };
    yield {
      name,
      type: "file",
      target: null,
      sizeBytes,
      mtimeUs: microsecondsOf(ModTime),
      ctimeUs: null,
      content: { kind: "bytes", read: readBytes },
      trouble: null,
    };
  }
}

/** `[`, a line for each file with a comma behind it, `]`. */
async function* list(place: string, signal: AbortSignal): AsyncGenerator<Listed> {
  const command = ["lsjson", "--recursive", "--files-only", "--no-mimetype", place];
  const decoder = new TextDecoder();
  let rest = "";
  let isWhole = false;
  for await (const piece of output(place, command, signal)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (rest.length > LONGEST_LINE) throw senseless();
    for (const line of lines) {
      if (line === "]") isWhole = true;
      else if (line !== "[" && line !== "") yield parsed(line);
    }
  }
  if (rest === "]" || rest === "[]") isWhole = true;
  if (!isWhole) throw new CopyCut("unverifiable", "CUT: rclone's list has no end");
}

/** RFC 3339 with up to nine digits behind the second; null for what is none. */
function microsecondsOf(text: string): number | null {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
  const ms = parseTimestamp(text.replace(`.${fraction}`, ""));
  return ms === undefined ? null : ms * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

function parsed(line: string): Listed {
  try {
    const listed = listedSchema.safeParse(JSON.parse(line.replace(/,$/, "")));
    if (listed.success) return listed.data;
  } catch (error) {
    throw senseless(error);
  }
  throw senseless();
}

const senseless = (cause?: unknown): CopyCut =>
  new CopyCut("unverifiable", "DAMAGED: rclone's list cannot be read", cause);

async function fetchWhole(
  place: string,
  listed: Listed,
  signal: AbortSignal,
): Promise<Uint8Array[] | EntryTrouble> {
  const pieces: Uint8Array[] = [];
  try {
    await fetchInto(place, listed, signal, (piece) => pieces.push(piece.slice()));
    return pieces;
  } catch (error) {
    if (error instanceof EntryTrouble) return error;
    throw error;
  }
}

async function fetchInto(
  place: string,
  { Path: name }: Listed,
  signal: AbortSignal,
  take: (piece: Uint8Array) => void,
): Promise<void> {
  const path = /[:/]$/.test(place) ? place + name : `${place}/${name}`;
  try {
    for await (const piece of output(place, ["cat", path], signal)) take(piece);
  } catch (error) {
    if (!(error instanceof CopyCut)) throw error;
    throw new EntryTrouble("unreadable", error.trouble.why); // this one only: the listing is whole
  }
}
