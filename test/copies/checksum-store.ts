// An object store that answers a HEAD with checksums, or with what looks like them. s3rver keeps none.
import { onTestFinished } from "bun:test";

/** The headers of an answer; `hash` is the object's SHA-256 in base64. */
export type Told = (hash: string) => Record<string, string>;

/** A store that keeps checksums, or what looks like them; it counts what is asked of it, and answers only signed requests. By https, where it has a certificate. */
export function checksumStore(
  objects: Map<string, { bytes: Uint8Array; headers: Told }>,
  files?: { readonly cert: string; readonly key: string },
) {
  const asked = { lists: 0, heads: 0, reads: 0 };
  const store = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    ...(files === undefined
      ? {}
      : { tls: { cert: Bun.file(files.cert), key: Bun.file(files.key) } }),
    fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (searchParams.has("list-type")) {
        asked.lists++;
        const contents = [...objects].map(
          ([key, { bytes }]) =>
            `<Contents><Key>${Bun.escapeHTML(key)}</Key><Size>${bytes.length}</Size></Contents>`,
        );
        return new Response(
          `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${contents.join("")}</ListBucketResult>`,
        );
      }
      const found = objects.get(decodeURIComponent(pathname).slice("/bucket/".length));
      if (found === undefined) return new Response(null, { status: 404 });
      if (request.method !== "HEAD") {
        asked.reads++;
        return new Response(found.bytes as Uint8Array<ArrayBuffer>);
      }
      asked.heads++;
      const isSigned = /SignedHeaders=[^,]*x-amz-checksum-mode/.test(
        request.headers.get("authorization") ?? "",
      );
      if (!isSigned) return new Response(null, { status: 403 });
      const hash = new Bun.CryptoHasher("sha256").update(found.bytes).digest("base64");
      return new Response(null, {
        headers: { "content-length": String(found.bytes.length), ...found.headers(hash) },
      });
    },
  });
  onTestFinished(() => store.stop(true));
  return { asked, url: store.url.origin };
}
