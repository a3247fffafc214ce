// What an object store itself keeps as the SHA-256 of an object: asked for with a signed HEAD, which Bun's client does not offer. Only one
// of the whole object counts: never one of parts (`…-N`), never an ETag, never what an uploader wrote into the metadata.
import { AwsClient } from "aws4fetch";
import type { S3Options } from "bun";
import { EntryTrouble } from "./copy.ts";

/** Answers with 64 hex digits. Throws `EntryTrouble`. */
export type StoredChecksum = (key: string, sizeBytes: number) => Promise<string>;

export function storedChecksums(
  bucket: string,
  { endpoint, region: said, ...account }: S3Options,
  signal: AbortSignal,
): StoredChecksum {
  const region =
    said ?? /\bs3[.-]([a-z0-9-]+)\.amazonaws\.com/.exec(endpoint ?? "")?.[1] ?? "us-east-1";
  const client = new AwsClient({
    accessKeyId: account.accessKeyId ?? "",
    secretAccessKey: account.secretAccessKey ?? "",
    ...(account.sessionToken === undefined ? {} : { sessionToken: account.sessionToken }),
    service: "s3",
    region,
    retries: RETRIES,
  });
  const base = (endpoint ?? `https://s3.${region}.amazonaws.com`).replace(/\/+$/, "");
  return async (key, sizeBytes) => {
    const steps = key.split("/");
    // An address with such steps means another object.
    if (steps.some((step) => step === "." || step === "..")) throw none();
    const url = `${base}/${[bucket, ...steps].map(encoded).join("/")}`;
    let answer: Response;
    try {
      answer = await client.fetch(url, {
        method: "HEAD",
        headers: { "x-amz-checksum-mode": "ENABLED" },
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      });
    } catch (error) {
      signal.throwIfAborted();
      throw new EntryTrouble("unreadable", `S3: ${(error as Error).message}`);
    }
    if (!answer.ok) throw new EntryTrouble("unreadable", `S3: HEAD answered ${answer.status}`);
    if (answer.headers.get("content-length") !== String(sizeBytes)) {
      throw new EntryTrouble("unstable", "UNSTABLE: not as long as it was listed; it was replaced");
    }
    return wholeChecksum(answer.headers);
  };
}

// --- internal ---

const RETRIES = 3;
const ANSWER_MS = 60_000;
/** The base64 of 32 bytes; of a composite one `-N` follows. */
const SHA256_BASE64 = /^[A-Za-z0-9+/]{43}=$/;

function wholeChecksum(headers: Headers): string {
  const told = headers.get("x-amz-checksum-sha256");
  const type = headers.get("x-amz-checksum-type");
  if (told === null || !SHA256_BASE64.test(told)) throw none();
  if (type !== null && type !== "FULL_OBJECT") throw none();
  // Uploaded in parts, as such an ETag tells: unless the store says so, it is not of the whole.
  const isInParts = /-\d+"?$/.test(headers.get("etag") ?? "");
  if (isInParts && type === null) throw none();
  return Buffer.from(told, "base64").toString("hex");
}

const none = (): EntryTrouble =>
  new EntryTrouble("unverifiable", "NO_CHECKSUM: the store keeps no SHA-256 of the whole object");

const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
