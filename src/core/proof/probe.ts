// Whether a file is built as its name says: the beginning and the end of common formats. A copy can be exact and yet worthless, when
// what was recorded was cut short already; a checksum does not see that. Nothing is unpacked, so only gross damage is found.
import { extensionOf } from "#core/usage.ts";

export const PROBE_KINDS = ["gzip", "zip", "tar", "sqlite", "json", "png", "jpeg", "pdf"] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

/** So many bytes of each end are asked for: a zip's last record may have a comment of 65,535 bytes before the end. */
export const PROBE_BYTES = 65_557;

/** What a file's name promises; undefined where nothing is known of it. */
export function kindOf(path: string): ProbeKind | undefined {
  return KINDS[extensionOf(path.slice(path.lastIndexOf("/") + 1))];
}

/** `cut`: it begins as its name says, and its end is missing; `alien`: it is something else by that name, or nothing at all. */
export type Misbuild = "cut" | "alien";

/** Why the file cannot be what its name says; undefined if nothing speaks against it. Both ends overlap in a small file. */
export function probe(
  kind: ProbeKind,
  sizeBytes: number,
  head: Uint8Array,
  tail: Uint8Array,
): Misbuild | undefined {
  if (sizeBytes === 0) return "alien";
  return PROBES[kind](
    Buffer.from(head.buffer, head.byteOffset, head.length),
    Buffer.from(tail.buffer, tail.byteOffset, tail.length),
    sizeBytes,
  );
}

// --- internal ---

const KINDS: Readonly<Record<string, ProbeKind>> = {
  gz: "gzip",
  tgz: "gzip",
  zip: "zip",
  docx: "zip",
  xlsx: "zip",
  pptx: "zip",
  odt: "zip",
  ods: "zip",
  odp: "zip",
  jar: "zip",
  epub: "zip",
  tar: "tar",
  sqlite: "sqlite",
  sqlite3: "sqlite",
  json: "json",
  png: "png",
  jpg: "jpeg",
  jpeg: "jpeg",
  pdf: "pdf",
};

type Probe = (head: Buffer, tail: Buffer, sizeBytes: number) => Misbuild | undefined;

const PROBES: Readonly<Record<ProbeKind, Probe>> = {
  // RFC 1952: ten bytes of header, eight of trailer.
  gzip: (head, _, sizeBytes) =>
    !begins(head, [0x1f, 0x8b, 8]) ? BEGIN : sizeBytes < 18 ? END : undefined,
  // APPNOTE 4.3.16: the end record says how long its comment is, and so where it must stand.
  zip(head, tail) {
    if (!begins(head, [0x50, 0x4b])) return BEGIN;
    for (let at = tail.lastIndexOf("PK\x05\x06", tail.length, "latin1"); at >= 0;) {
      if (at + 22 <= tail.length && at + 22 + tail.readUInt16LE(at + 20) === tail.length) return;
      if (at === 0) break;
      at = tail.lastIndexOf("PK\x05\x06", at - 1, "latin1");
    }
    return END;
  },
  // POSIX ustar: blocks of 512, a checksum in the first, two empty ones at the end.
  tar(head, tail, sizeBytes) {
    if (sizeBytes % 512 !== 0 || head.length < 512) return "cut";
    const said = Number.parseInt(head.toString("latin1", 148, 156).replaceAll("\0", " "), 8);
    let sum = 8 * 32;
    for (let at = 0; at < 512; at++) if (at < 148 || at >= 156) sum += head[at]!;
    const isEmpty = head.subarray(0, 512).every((byte) => byte === 0);
    if (said !== sum && !isEmpty) return BEGIN;
    return tail.length >= 1024 && tail.subarray(-1024).every((byte) => byte === 0)
      ? undefined
      : END;
  },
  // SQLite's file format, 1.3: page size, and the number of pages where it is up to date.
  sqlite(head, _, sizeBytes) {
    if (head.length < 100 || head.toString("latin1", 0, 16) !== "SQLite format 3\0") return BEGIN;
    const page = head.readUInt16BE(16) === 1 ? 65_536 : head.readUInt16BE(16);
    const isCounted = head.readUInt32BE(24) === head.readUInt32BE(92);
    return isCounted && head.readUInt32BE(28) * page > sizeBytes ? END : undefined;
  },
  json(head, tail) {
    const text = head
      .toString("latin1")
      .replace(/^\u00ef\u00bb\u00bf/, "")
      .trimStart();
    const end = tail.toString("latin1").trimEnd().at(-1);
    if (!/^[[{"\-\dtfn]/.test(text)) return BEGIN;
    const wanted = { "[": "]", "{": "}", '"': '"' }[text[0]!];
    return wanted === undefined || end === wanted ? undefined : END;
  },
  png: (head, tail) =>
    !begins(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
      ? BEGIN
      : tail.includes("IEND", 0, "latin1")
        ? undefined
        : END,
  // Cameras put thumbnails and maker's notes behind the end mark: it must only be there.
  jpeg: (head, tail) =>
    !begins(head, [0xff, 0xd8, 0xff]) ? BEGIN : tail.includes(END_OF_IMAGE) ? undefined : END,
  pdf: (head, tail) =>
    !head.subarray(0, 1024).includes("%PDF-", 0, "latin1")
      ? BEGIN
      : tail.subarray(-2048).includes("%%EOF", 0, "latin1")
        ? undefined
        : END,
};

const BEGIN = "alien";
const END = "cut";
const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);

const begins = (head: Buffer, bytes: readonly number[]): boolean =>
  bytes.every((byte, at) => head[at] === byte);
