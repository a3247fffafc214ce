// The writer's thread: its own connection to the store, one deed at a time. It is the only one of a server that writes, so a
// million rows come in while the HTTP thread goes on answering.
import { NOBODY, type Run } from "#core/run.ts";
import type { Scope } from "#db/scope.ts";
import { openStore, type Store } from "#db/store/store.ts";
import { accept } from "#jobs/accept.ts";
import { createKey, endKey, replaceKey } from "#jobs/access/key.ts";
import { changeOwner } from "#jobs/access/owner.ts";
import { noteEvents } from "#jobs/access/note-events.ts";
import { noteUses } from "#jobs/access/note-uses.ts";
import { signIn, signOut } from "#jobs/access/session.ts";
import { setUp } from "#jobs/access/set-up.ts";
import { changeUser, createUser } from "#jobs/access/user.ts";
import { deleteWitness } from "#jobs/delete.ts";
import { ingest } from "#jobs/ingest/ingest.ts";
import { reserve } from "#jobs/reserve.ts";
import { tagSnapshot } from "#jobs/tag.ts";
import { takeVerification } from "#jobs/verify/take.ts";
import { carried, type Deeds, type Opening, type Order, type Report } from "./deeds.ts";

declare const self: Worker;

const stop = new AbortController();
const run: Run = { signal: stop.signal, monitor: NOBODY, now: Date.now };
let opening: Opening | undefined;
let store: Store | undefined;

self.onmessage = async ({ data }: MessageEvent<Opening | Order | "close">) => {
  try {
    if (data === "close") await close();
    else if ("name" in data) {
      report({ kind: "done", outcome: await perform(data) });
      if (data.name === "ingest") Bun.gc(true); // what a million entries left behind is given back
    } else await open(data);
  } catch (error) {
    report({ kind: "failed", error: carried(error) });
  }
};

// --- internal ---

function report(message: Report): void {
  self.postMessage(message);
}

async function open(given: Opening): Promise<void> {
  opening = given;
  store = await openStore(given.storeFile);
  report({ kind: "ready" });
}

async function close(): Promise<void> {
  await store?.close();
  process.exit(0); // of a worker: its thread ends
}

function perform(asked: Order): Promise<Deeds[keyof Deeds]["outcome"]> {
  const scope: Scope = { ...asked.sight, store: store! };
  switch (asked.name) {
    case "ingest":
      return ingest(scope, asked.order, run);
    case "take-verification":
      return takeVerification(scope, asked.order, run);
    case "reserve":
      return reserve(scope, asked.order, run);
    case "tag":
      return tagSnapshot(scope, asked.order, run);
    case "accept":
      return accept(scope, asked.order, run);
    case "audit":
      return nothing(noteEvents(scope, asked.order.events));
    case "set-up":
      return setUp(scope, asked.order, run);
    case "create-user":
      return createUser(scope, asked.order, run);
    case "change-user":
      return changeUser(scope, asked.order, run);
    case "create-key":
      return createKey(scope, asked.order, run);
    case "rotate-key":
      return replaceKey(scope, asked.order, run);
    case "revoke-key":
      return endKey(scope, asked.order, run);
    case "note-uses":
      return nothing(noteUses(scope, asked.order.uses));
    case "sign-in":
      return signIn(scope, asked.order, run);
    case "sign-out":
      return nothing(signOut(scope, asked.order, run));
    case "change-owner":
      return changeOwner(scope, asked.order, run);
    case "delete":
      return deleteWitness(scope, { ...asked.order, dataDir: opening!.dataDir }, run);
  }
}

const nothing = (deed: Promise<void>): Promise<undefined> => deed.then(() => undefined);
