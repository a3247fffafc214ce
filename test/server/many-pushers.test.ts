// Many machines push at once, each over its own address, and come again when they are told to: nothing is lost, nothing is twice, no answer
// is the server's own fault, and its memory has a bound. BSV_SOAK=1: five hundred.
import { expect, test } from "bun:test";
import { serveProcess } from "#test/cli/serve-process.ts";
import { ours, tree } from "#test/jobs/document.ts";

const PUSHERS = process.env["BSV_SOAK"] === "1" ? 500 : 60;
const MEMORY_BYTES = 512 * 1024 ** 2;

test(`I1, I3, I11: ${PUSHERS} pushers at once converge, with no 5xx but 503, in bounded memory`, async () => {
  await using serving = await serveProcess(["--trust-proxy", "127.0.0.1"]);
  const statuses = new Map<number, number>();
  const push = async (nr: number): Promise<void> => {
    const machine_id = `machine-${nr}`;
    const entries = Array.from({ length: 100 }, (_, i) => ({ ...tree()[0]!, path: `/${nr}/${i}` }));
    const { json, id } = ours(entries, { machine_id });
    const from = `10.0.${nr >> 8}.${nr & 255}`;
    // Each sends it twice at once, as one does whose answer got lost.
    await Promise.all(
      [0, 1].map(async () => {
        for (let tries = 0; tries < 200; tries++) {
          const answer = await fetch(
            `${serving.url}/machines/${machine_id}/backupsets/project-data`,
            {
              method: "POST",
              body: json,
              headers: { "Content-Type": "application/json", "X-Forwarded-For": from },
            },
          );
          const said = (await answer.json()) as { snapshot_id?: string };
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          if (answer.ok) {
            expect(said.snapshot_id).toBe(id);
            return;
          }
          expect([429, 503]).toContain(answer.status);
          await Bun.sleep(300 + Math.random() * 1000);
        }
        throw new Error(`machine ${nr} never came through`);
      }),
    );
  };
  await Promise.all(Array.from({ length: PUSHERS }, (_, nr) => push(nr)));
  expect(statuses.get(201)).toBe(PUSHERS);
  expect(statuses.get(200)).toBe(PUSHERS);
  const status = await Bun.file(`/proc/${serving.process.pid}/status`).text();
  const peak = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)![1]) * 1024;
  if (PUSHERS > 60) console.log(`peak memory ${peak >> 20} MiB`, Object.fromEntries(statuses));
  expect(peak < MEMORY_BYTES ? "bounded" : peak).toBe("bounded");
}, 240_000);
