// Chains that somebody has tampered with, in every way that leaves a trace: what is found, by what, and what is not. BSV_SOAK=1 judges
// more of them. An honest history, with all that people legitimately do to it, gives no finding.
import { expect, test } from "bun:test";
import { judgeChain } from "#core/chain/history.ts";
import type { ChainFinding, ChainFindingKind, Link, ReceiptLike } from "#core/chain/link.ts";
import { judgeReceipts, judgeRemote, judgeWitness } from "#core/chain/remote.ts";
import { receiptStatement, signedBy, snapshotStatement } from "#core/signature.ts";
import { verifySignature as verify } from "#disk/signing-key.ts";
import { newSha256 } from "#disk/sha256.ts";
import { Random } from "#test/db/random.ts";
import { newSigner } from "#test/signer.ts";

const WORLDS = process.env["BSV_SOAK"] === "1" ? 20_000 : 240;
const [AGENT, OTHER, SERVER] = [newSigner(), newSigner(), newSigner()];
const DAY = 86_400_000;
const SET = { machineId: "m", setName: "s" };

/** An agent's store, a server's, and what both gave each other. */
interface World {
  here: Link[];
  there: Link[];
  receipts: ReceiptLike[];
  /** Taken when all was well. */
  witness: Link[];
}

const idOf = (about: unknown): string => hash(JSON.stringify(about));
function hash(text: string): string {
  const hasher = newSha256();
  hasher.update(text);
  return hasher.digest("hex");
}

function scanned(timestampMs: number, parentId: string | null, seq: number, signer = AGENT): Link {
  const snapshotId = idOf([timestampMs, parentId, seq]);
  return {
    snapshotId,
    timestampMs,
    parentId,
    agentId: "agent",
    seq,
    receivedAtMs: timestampMs + 10,
    signed: signedBy(signer, snapshotStatement(snapshotId)),
    deleted: null,
  };
}

const buried = (link: Link, atMs: number): Link => ({
  ...link,
  agentId: null,
  seq: null,
  receivedAtMs: null,
  deleted: { atMs, why: "retention" },
});

const living = (links: readonly Link[]) => links.filter((link) => link.deleted === null);

/** Scans, deletions (of the newest, too), pushes; some of it before there was a key. */
function honestWorld(random: Random): World {
  const here: Link[] = [];
  let nowMs = Date.UTC(2026, 0, 1);
  const count = 6 + random.below(10);
  const unsigned = random.below(10) < 3 ? 2 : 0;
  for (let seq = 1; seq <= count; seq++) {
    nowMs += Math.ceil(DAY / 10) + random.below(DAY);
    const parent = living(here).at(-1);
    const link = scanned(Math.floor(nowMs), parent?.snapshotId ?? null, seq);
    here.push(seq <= unsigned ? { ...link, signed: null } : link);
    if (random.below(20) < 3 && seq < count) {
      nowMs += 1000;
      const gone = random.below(2) === 0 ? here.at(-1)! : random.pick(here);
      if (gone.deleted === null && living(here).length > 3) {
        here[here.indexOf(gone)] = buried(gone, Math.floor(nowMs));
      }
    }
  }
  const there = here.map((link, at) =>
    link.deleted === null
      ? { ...link, seq: 100 + at, receivedAtMs: link.timestampMs + 5000 }
      : link,
  );
  const receipts = living(there).map((link): ReceiptLike => {
    const facts = {
      ...SET,
      snapshotId: link.snapshotId,
      seq: link.seq!,
      receivedAtMs: link.receivedAtMs!,
    };
    return { ...facts, remote: "https://r", signed: signedBy(SERVER, receiptStatement(facts)) };
  });
  return { here, there, receipts, witness: [...here] };
}

function judge({ here, there, receipts, witness }: World): ChainFinding[] {
  const how = { trusted: [AGENT.publicKey], verify };
  return [
    ...judgeChain(here, how).findings,
    ...judgeReceipts(receipts, there, verify).findings,
    ...judgeRemote(here, there, how).findings,
    ...judgeWitness(witness, here),
  ];
}

/** Takes one out of the middle: neither the first nor the last that lives. */
function middle(random: Random, links: readonly Link[]): Link {
  return random.pick(living(links).slice(1, -1));
}

const without = (links: readonly Link[], ...gone: readonly Link[]) =>
  links.filter((link) => !gone.some((one) => one.snapshotId === link.snapshotId));

const replaced = (links: readonly Link[], id: string, by: Partial<Link>) =>
  links.map((link) => (link.snapshotId === id ? { ...link, ...by } : link));

/** What somebody does to a history, and what must be found then. */
const TAMPERING: Record<string, [ChainFindingKind, (world: World, random: Random) => World]> = {
  "one is taken out of the middle": [
    "removed",
    (world, random) => ({
      ...world,
      there: [],
      receipts: [],
      witness: [],
      here: withoutParentOfLiving(world.here, random),
    }),
  ],
  "the end is cut off, and there is a witness": [
    "removed",
    (world, random) => ({ ...world, there: [], receipts: [], here: cut(world.here, random) }),
  ],
  "the end is cut off, and a remote holds it": [
    "missing_here",
    (world, random) => ({ ...world, witness: [], here: cut(world.here, random) }),
  ],
  "a remote forgets one": [
    "forgotten",
    (world, random) => ({ ...world, there: without(world.there, middle(random, world.there)) }),
  ],
  "a remote is rolled back": [
    "forgotten",
    (world, random) => ({ ...world, there: cut(world.there, random) }),
  ],
  "a remote holds it at another place": [
    "reordered",
    (world, random) => {
      const { snapshotId, seq } = middle(random, world.there);
      return { ...world, there: replaced(world.there, snapshotId, { seq: seq! + 50 }) };
    },
  ],
  "a remote dates an arrival back": [
    "reordered",
    (world, random) => {
      const { snapshotId, receivedAtMs } = middle(random, world.there);
      return {
        ...world,
        there: replaced(world.there, snapshotId, { receivedAtMs: receivedAtMs! - DAY }),
      };
    },
  ],
  "two swap their places": [
    "reordered",
    (world) => {
      const [a, b] = living(world.here).slice(-2) as [Link, Link];
      return {
        ...world,
        here: replaced(replaced(world.here, a.snapshotId, { seq: b.seq }), b.snapshotId, {
          seq: a.seq,
        }),
      };
    },
  ],
  "a second one follows the same": [
    "forked",
    (world, random) => {
      const at = middle(random, world.here);
      const later = living(world.here).at(-1)!;
      const fork = scanned(later.timestampMs + 5, at.snapshotId, 999);
      return { ...world, here: [...world.here, fork], there: [...world.there, fork], witness: [] };
    },
  ],
  "an old snapshot is written anew under a new date": [
    "forked",
    (world, random) => {
      const old = living(world.here).filter((link) => link.parentId !== null);
      const { parentId } = random.pick(old);
      const replay = scanned(living(world.here).at(-1)!.timestampMs + DAY, parentId, 999);
      return { ...world, here: [...world.here, replay], there: [...world.there, replay] };
    },
  ],
  "one is dated before the one it follows": [
    "backdated",
    (world, random) => {
      const last = living(world.here).at(-1)!;
      const early = living(world.here)[0]!.timestampMs - random.below(DAY) - 1;
      const link = scanned(early, last.snapshotId, 999);
      return { ...world, here: [link, ...world.here], there: [link, ...world.there] };
    },
  ],
  "a new beginning is put under it": [
    "restarted",
    (world) => {
      const last = living(world.here).at(-1)!;
      const link = scanned(last.timestampMs + DAY, null, 999);
      return { ...world, here: [...world.here, link], there: [...world.there, link] };
    },
  ],
  "a signature is taken off": [
    "unsigned",
    (world) => {
      const { snapshotId } = living(world.here).at(-1)!;
      return { ...world, here: replaced(world.here, snapshotId, { signed: null }) };
    },
  ],
  "a signature is of another snapshot": [
    "bad_signature",
    (world) => {
      const [a, b] = living(world.here).slice(-2) as [Link, Link];
      return { ...world, here: replaced(world.here, a.snapshotId, { signed: b.signed }) };
    },
  ],
  "somebody else signs": [
    "wrong_key",
    (world) => {
      const { snapshotId } = living(world.here).at(-1)!;
      const signed = signedBy(OTHER, snapshotStatement(snapshotId));
      return { ...world, here: replaced(world.here, snapshotId, { signed }) };
    },
  ],
  "a remote takes a signature off": [
    "unsigned",
    (world) => {
      const { snapshotId } = living(world.there).at(-1)!;
      return { ...world, there: replaced(world.there, snapshotId, { signed: null }) };
    },
  ],
  "a remote passes on another signature": [
    "wrong_key",
    (world) => {
      const { snapshotId } = living(world.there).at(-1)!;
      const signed = signedBy(OTHER, snapshotStatement(snapshotId));
      return { ...world, there: replaced(world.there, snapshotId, { signed }) };
    },
  ],
  "a receipt is changed": [
    "bad_receipt",
    (world, random) => {
      const at = random.below(world.receipts.length);
      const receipt = world.receipts[at]!;
      const change = random.pick([
        { seq: receipt.seq + 1 },
        { receivedAtMs: receipt.receivedAtMs - 1 },
        { machineId: "n" },
        { setName: "t" },
      ]);
      return { ...world, receipts: world.receipts.with(at, { ...receipt, ...change }) };
    },
  ],
  "a receipt is of another snapshot": [
    "bad_receipt",
    (world) => {
      const [a, b] = world.receipts.slice(-2) as [ReceiptLike, ReceiptLike];
      return { ...world, receipts: [...world.receipts, { ...a, signed: b.signed }] };
    },
  ],
  "another snapshot is put in its place at the remote": [
    "contradicted",
    (world) => {
      const last = living(world.there).at(-1)!;
      const rival = scanned(last.timestampMs, last.parentId, 777);
      return { ...world, there: [...without(world.there, last), rival] };
    },
  ],
};

function cut(links: readonly Link[], random: Random): Link[] {
  const kept = 1 + random.below(links.length - 1);
  const rest = links.slice(0, kept);
  return living(links.slice(kept)).length > 0
    ? rest
    : links.slice(0, links.indexOf(living(links).at(-1)!));
}

function withoutParentOfLiving(links: readonly Link[], random: Random): Link[] {
  const parents = living(links).filter((link) =>
    links.some((one) => one.parentId === link.snapshotId),
  );
  return without(links, random.pick(parents));
}

test("I9: an honest history gives no finding, whatever its people deleted, and however often it is looked at", () => {
  for (let seed = 1; seed <= WORLDS / 4; seed++) {
    expect([seed, judge(honestWorld(new Random(seed)))]).toEqual([seed, []]);
  }
});

test(`I9: of ${WORLDS} histories that were tampered with, every one is found, and as what it is`, () => {
  const ways = Object.entries(TAMPERING);
  for (let seed = 1; seed <= WORLDS; seed++) {
    const [way, [kind, tamper]] = ways[seed % ways.length]!;
    const random = new Random(seed);
    const found = judge(tamper(honestWorld(random), random));
    expect([seed, way, found.map((one) => one.kind)]).toEqual([
      seed,
      way,
      expect.arrayContaining([kind]),
    ]);
  }
});

test("I9: an end that was cut off leaves no trace in itself: only a witness or a remote shows it", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = new Random(seed);
    const world = honestWorld(random);
    const here = world.here.slice(0, world.here.indexOf(living(world.here).at(-1)!));
    if (living(here).length < 2) continue;
    expect(judge({ here, there: [], receipts: [], witness: [] })).toEqual([]);
    expect(judge({ ...world, here }).length).toBeGreaterThan(0);
  }
});

test("what a remote lost and was sent again is told, and no alarm", () => {
  const world = honestWorld(new Random(3));
  const link = living(world.there).at(-1)!;
  const facts = {
    ...SET,
    snapshotId: link.snapshotId,
    seq: 900,
    receivedAtMs: link.receivedAtMs! + DAY,
  };
  const again = {
    ...facts,
    remote: "https://r",
    signed: signedBy(SERVER, receiptStatement(facts)),
  };
  const there = replaced(world.there, link.snapshotId, {
    seq: 900,
    receivedAtMs: facts.receivedAtMs,
  });
  const verdict = judgeReceipts([...world.receipts, again], there, verify);
  expect(verdict.findings).toEqual([]);
  expect(verdict.events).toMatchObject([{ kind: "resent", count: 1 }]);
});

test("a wrong clock is no crime: what follows a snapshot dated days ahead is not dated back", () => {
  const ahead = { ...scanned(10 * DAY, null, 1), receivedAtMs: DAY };
  const next = { ...scanned(2 * DAY, ahead.snapshotId, 2), receivedAtMs: 2 * DAY };
  const how = { trusted: [], verify };
  expect(judgeChain([next, ahead], how).findings).toEqual([]);
  const inTime = { ...ahead, receivedAtMs: 10 * DAY };
  const found = judgeChain([next, inTime], how).findings;
  expect(found).toMatchObject([{ kind: "backdated", snapshotId: next.snapshotId }]);
});

test("deletions, other installations and unsigned imports are told", () => {
  const first = scanned(DAY, null, 1);
  const second = { ...scanned(2 * DAY, null, 2), agentId: "successor" };
  const foreign = { ...scanned(3 * DAY, null, 3), agentId: null, signed: null };
  const gone = buried(scanned(4 * DAY, second.snapshotId, 4), 5 * DAY);
  const { findings, events } = judgeChain([first, second, foreign, gone], { trusted: [], verify });
  expect(findings).toEqual([]);
  expect(events.map(({ kind, count }) => [kind, count])).toEqual([
    ["unsigned", 1],
    ["other_installation", 2],
    ["deleted", 1],
  ]);
});
