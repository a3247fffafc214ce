// Answers to what is asked at every request, kept for as long as nobody writes to the store, by this connection or another. Not for
// questions in the middle of a transaction that writes: what it undoes would be known on.
import type { Database } from "bun:sqlite";
import { stateThisTurn, storeState } from "#db/store-state.ts";

/** As many keys as ask between two writes. */
const MOST = 10_000;

const known = new WeakMap<Database, { state: string; answers: Map<string, unknown> }>();

/** What `ask` answers, now or when it was asked last in this state of the store. */
export function knownNow<T>(database: Database, question: string, ask: () => T): T {
  const state = database.inTransaction ? storeState(database) : stateThisTurn(database);
  let memory = known.get(database);
  if (memory?.state !== state || memory.answers.size >= MOST) {
    memory = { state, answers: new Map() };
    known.set(database, memory);
  }
  if (!memory.answers.has(question)) memory.answers.set(question, ask());
  return memory.answers.get(question) as T;
}
