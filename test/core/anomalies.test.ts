// The rules against made-up histories: what attackers do is found, what people do is not. The rates stand in docs/anomalies.md.
import { expect, test } from "bun:test";
import {
  anomalyText,
  backtest,
  findAnomalies,
  type Anomaly,
  type Past,
} from "#core/proof/anomalies.ts";
import type { Measures } from "#core/proof/measures.ts";
import { DAY_MS, SetHistory } from "./set-history.ts";

const IS_SOAK = process.env["BSV_SOAK"] === "1";
const HISTORIES = IS_SOAK ? 1000 : Number(process.env["BSV_HISTORIES"] ?? 6);
const ATTACKS = IS_SOAK ? 400 : 3;
const DAYS = 90;
/** Of all benign days so many in a thousand may be called suspicious. */
const FALSE_ALARMS = 0.005;
const FIRST_SEED = Number(process.env["BSV_SEED"] ?? 1);

test(`at most ${FALSE_ALARMS * 100} % of benign days are called suspicious, in ${HISTORIES} histories of ${DAYS} days`, () => {
  let [days, alarms] = [0, 0];
  const kinds = new Map<string, number>();
  for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
    const { steps } = live(new SetHistory(seed), DAYS);
    days += steps.length;
    for (const found of steps.map(({ found }) => found).filter((found) => found.length > 0)) {
      alarms++;
      for (const { kind } of found) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      if (process.env["BSV_TELL"]) console.log(seed, found.map(anomalyText));
    }
  }
  if (process.env["BSV_TELL"]) console.log(`${alarms} of ${days} days`, kinds);
  expect(alarms / days).toBeLessThanOrEqual(FALSE_ALARMS);
});

test("a root that held no file and is looked at no more is told without numbers of files", () => {
  const set = new SetHistory(1);
  const measures = { ...set.step(), rootsLost: 1, removed: 0, lost: 0 };
  const [found] = findAnomalies(measures, set.atMs, []);
  expect(anomalyText(found!)).toBe(
    "no file is gone, but the set's definition has shrunk (roots lost: 1)",
  );
});

const cipher = { header: 512, block: 16 };
/** As AES in CBC mode writes it, with a header. */
const padded = (size: number): number => Math.ceil((size + 1) / cipher.block) * cipher.block;

type Attack = (set: SetHistory, share: number) => void;

const attacks: Record<string, { attack: Attack; shares: readonly number[] }> = {
  "renamed with a suffix": {
    shares: [1, 0.5, 0.1, 0.03],
    attack: (set, share) => {
      for (const path of set.share(share)) {
        set.write(`${path}.locked`, set.remove(path).sizeBytes! + cipher.header, set.atMs);
      }
    },
  },
  "encrypted in place, sizes kept": {
    shares: [1, 0.5, 0.1, 0.05],
    attack: (set, share) => {
      for (const path of set.share(share))
        set.write(path, set.files.get(path)!.sizeBytes!, set.atMs);
    },
  },
  "encrypted in place, sizes and times kept": {
    shares: [1, 0.5, 0.1, 0.05],
    attack: (set, share) => {
      for (const path of set.share(share)) {
        set.write(path, set.files.get(path)!.sizeBytes!, undefined);
      }
    },
  },
  "encrypted in place, padded": {
    shares: [1, 0.5, 0.2],
    attack: (set, share) => {
      for (const path of set.share(share)) {
        set.write(path, padded(set.files.get(path)!.sizeBytes!), set.atMs);
      }
    },
  },
  "renamed to nonsense": {
    shares: [1, 0.5, 0.2],
    attack: (set, share) => {
      for (const path of set.share(share)) {
        const size = set.remove(path).sizeBytes!;
        const folder = path.slice(0, path.lastIndexOf("/"));
        set.write(`${folder}/${Bun.hash(path).toString(36)}.enc`, padded(size), set.atMs);
      }
    },
  },
  deleted: {
    shares: [1, 0.6, 0.3],
    attack: (set, share) => {
      for (const path of set.share(share)) set.remove(path);
    },
  },
  emptied: {
    shares: [1, 0.1],
    attack: (set, share) => {
      for (const path of set.share(share)) set.write(path, 0, set.atMs);
    },
  },
};

for (const [name, { attack, shares }] of Object.entries(attacks)) {
  for (const share of shares) {
    test(`${name}: ${share * 100} % of the files in one day are found on that day, in ${ATTACKS} histories`, () => {
      for (let seed = 1; seed <= ATTACKS; seed++) {
        const set = new SetHistory(seed);
        const { past } = live(set, 5 + set.random.below(60));
        const measures = set.step(() => attack(set, share));
        const found = findAnomalies(measures, set.atMs, past);
        expect({ seed, measures, found: found.length > 0 }).toMatchObject({ seed, found: true });
      }
    });
  }
}

const slowly: [name: string, attack: string, perDay: number, most: number][] = [
  ["renamed with a suffix", "renamed with a suffix", 0.005, 0.05],
  ["encrypted in place, sizes kept", "encrypted in place, sizes kept", 0.02, 0.3],
  ["encrypted in place, sizes kept", "encrypted in place, sizes kept", 0.01, 0.2],
  ["encrypted in place, padded", "encrypted in place, padded", 0.02, 0.4],
];
for (const [name, attack, perDay, most] of slowly) {
  test(`${name}, ${perDay * 100} % a day: found before ${most * 100} % of the files are lost, in ${ATTACKS} histories`, () => {
    let worst = 0;
    for (let seed = 1; seed <= ATTACKS; seed++) {
      const set = new SetHistory(seed);
      const { past } = live(set, 40);
      let days = 0;
      let found: Anomaly[] = [];
      while (found.length === 0 && days * perDay < 1) {
        days++;
        const measures = set.step(() => attacks[attack]!.attack(set, perDay));
        found = findAnomalies(measures, set.atMs, past);
        past.push({ atMs: set.atMs, measures, isPlausible: found.length === 0 });
      }
      worst = Math.max(worst, days * perDay);
      expect({ seed, lost: days * perDay }).toSatisfy(({ lost }) => lost <= most);
    }
    if (process.env["BSV_TELL"]) console.log(name, perDay, "worst", worst);
  });
}

test("a back-test says of each day what was said on that day", () => {
  const set = new SetHistory(3);
  const { past, steps } = live(set, 60);
  const measures = set.step(() => attacks["deleted"]!.attack(set, 1));
  past.push({ atMs: set.atMs, measures, isPlausible: false });
  const said = backtest(past.map((one) => ({ ...one, isPlausible: false })));
  expect(said.slice(0, -1)).toEqual(steps.map(({ found }) => found));
  expect(said.at(-1)!.length).toBeGreaterThan(0);
});

// --- internal ---

function live(set: SetHistory, days: number): { past: Past[]; steps: { found: Anomaly[] }[] } {
  const past: Past[] = [];
  const steps: { found: Anomaly[] }[] = [];
  for (let day = 0; day < days; day++) {
    const measures: Measures = set.step();
    const found = findAnomalies(measures, set.atMs, past);
    steps.push({ found });
    past.push({ atMs: set.atMs, measures, isPlausible: found.length === 0 });
  }
  expect(set.atMs % DAY_MS).toBe(2 * 3_600_000);
  return { past, steps };
}
