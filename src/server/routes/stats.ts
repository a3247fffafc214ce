// What the store takes, and what of it one backupset is the reason for.
import { z } from "zod";
import { timestampText } from "#core/timestamp.ts";
import { setCost, storeSize } from "#db/stats.ts";
import { jsonAnswer } from "#server/answers/answer.ts";
import { mustExist } from "#server/find-row.ts";
import { route } from "#server/route.ts";
import { setOf, setParams, timestampShape } from "#server/shapes.ts";

const storeShape = z.object({
  size: z.int().meta({ description: "Bytes, with the write-ahead log" }),
  free: z.int().meta({ description: "Bytes of it that new rows will use" }),
});

export const storeStats = route({
  method: "GET",
  path: "/stats",
  about: "How large the store is",
  needs: "operator",
  answers: { 200: { about: "Its size in bytes", schema: storeShape } },
  async handle({ house }) {
    const { bytes, freeBytes } = await storeSize(house.scope);
    return jsonAnswer({ size: bytes, free: freeBytes } satisfies z.output<typeof storeShape>);
  },
});

const setShape = z.object({
  snapshots: z.int(),
  tombstones: z.int(),
  entries: z.int().meta({ description: "What documents would hold" }),
  versions: z.int().meta({ description: "What is stored instead" }),
  oldest: timestampShape.nullable(),
  newest: timestampShape.nullable(),
});

export const setStats = route({
  method: "GET",
  path: "/machines/{machine_id}/backupsets/{set_name}/stats",
  about: "What a backupset's history takes",
  needs: "read",
  params: setParams,
  isOfStore: true,
  answers: { 200: { about: "Its counts", schema: setShape } },
  async handle({ house, params }) {
    const set = setOf(params);
    await mustExist(house.scope, set);
    const { snapshots, tombstones, entries, versions, oldestMs, newestMs } = await setCost(
      house.scope,
      set,
    );
    const time = (ms: number | null) => (ms === null ? null : timestampText(ms));
    const times = { oldest: time(oldestMs), newest: time(newestMs) };
    return jsonAnswer({
      snapshots,
      tombstones,
      entries,
      versions,
      ...times,
    } satisfies z.output<typeof setShape>);
  },
});
