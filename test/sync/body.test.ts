import { expect, test } from "bun:test";
import { snapshotId } from "#core/document.ts";
import { wireFrames, wireHeader } from "#sync/body.ts";

async function* pages(count: number, perPage: number): AsyncGenerator<string[]> {
  for (let page = 0; page < count; page++) {
    yield Array.from({ length: perPage }, (_, i) => `${"x".repeat(200)} ${page} ${i}`);
  }
}

test("a body of many frames is one zstd stream of lines", async () => {
  const frames: Uint8Array[] = [];
  for await (const frame of wireFrames(pages(50, 1000))) frames.push(frame);
  expect(frames.length).toBeGreaterThan(1);
  const stream = new Blob(frames as Uint8Array<ArrayBuffer>[])
    .stream()
    .pipeThrough(new DecompressionStream("zstd"));
  const lines = (await new Response(stream).text()).split("\n");
  expect(lines.pop()).toBe("");
  expect(lines).toHaveLength(50_000);
  expect(lines.at(-1)).toEndWith(" 49 999");
});

test("the header line is the stored header verbatim, with id and base before it", () => {
  const headerText = `{"timestamp":"2026-01-01T00:00:00.000Z","extra":1.50}`;
  const id = snapshotId(headerText, () => new Bun.CryptoHasher("sha256"));
  expect(wireHeader(id, headerText, null)).toBe(`{"snapshot_id":"${id}",${headerText.slice(1)}`);
  expect(wireHeader(id, headerText, "b")).toBe(
    `{"snapshot_id":"${id}","base":"b",${headerText.slice(1)}`,
  );
});

test("I5: a line longer than a frame, and every kind of character, passes whole", async () => {
  const lines = [`${"\u20ac".repeat(700_000)}`, "\\udc80", "\u{1f600}é", "end"];
  async function* page(): AsyncGenerator<string[]> {
    yield lines;
  }
  const frames: Uint8Array[] = [];
  for await (const frame of wireFrames(page())) frames.push(frame);
  const text = frames.map((frame) => Bun.zstdDecompressSync(frame).toString()).join("");
  expect(text).toBe(`${lines.join("\n")}\n`);
});
