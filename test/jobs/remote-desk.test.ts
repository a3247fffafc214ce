import { expect, test } from "bun:test";
import { keyFacts, type Key } from "#core/access/access-facts.ts";
import { NOBODY } from "#core/run.ts";
import { remoteDesk } from "#jobs/access/remote-desk.ts";

const HOUR_MS = 3_600_000;
const AT_MS = Date.UTC(2026, 10, 1);
const run = { signal: new AbortController().signal, monitor: NOBODY, now: () => AT_MS };
const OLD: Key = {
  keyId: "a".repeat(12),
  userName: "ada",
  label: null,
  rights: new Set(["push"]),
  machines: null,
  createdAtMs: 0,
  expiresAtMs: null,
  revokedAtMs: null,
  lastUsedAtMs: null,
  lastUsedFrom: null,
  replaces: null,
};

test("once a key is made in the place of another, nothing more is asked: it is told, though the server be gone", async () => {
  const made = { ...OLD, keyId: "b".repeat(12), createdAtMs: AT_MS, replaces: OLD.keyId };
  const key = `bsv_${made.keyId}_${"c".repeat(64)}`;
  let isRotated = false;
  using server = Bun.serve({
    port: 0,
    fetch({ method }) {
      if (isRotated) return new Response(null, { status: 401 });
      isRotated = method === "POST";
      if (!isRotated) return Response.json([keyFacts(OLD)]);
      return Response.json({ ...keyFacts(made), key }, { status: 201 });
    },
  });
  const access = { apiKey: key, authorities: undefined };
  const desk = remoteDesk({ remoteUrl: `http://127.0.0.1:${server.port}`, ...access }, run);
  expect(await desk.rotateKey(OLD.keyId, HOUR_MS)).toEqual({
    key: made,
    text: key,
    old: { ...OLD, expiresAtMs: AT_MS + HOUR_MS },
  });
});
