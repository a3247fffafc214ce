// Answers to what is asked at every request, kept for as long as nobody writes to the store, by this connection or another. Not for
// questions in the middle of a transaction that writes: what it undoes would be known on.
import type { Database } from "bun:sqlite";
import { stateThisTurn, storeState } from "#db/store-state.ts";

/** As many keys as ask between two writes. */
const MOST = 10_000;
/** Of all questions together: one of a key that is bound to many machines is some kilobytes long. */
const MOST_CHARACTERS = 8_000_000;

interface Memory {
  readonly state: string;
  readonly answers: Map<string, unknown>;
  characters: number;
}
const known = new WeakMap<Database, Memory>();

/** What `ask` answers, now or when it was asked last in this state of the store. */
export function knownNow<T>(database: Database, question: string, ask: () => T): T {
  const state = database.inTransaction ? storeState(database) : stateThisTurn(database);
  let memory = known.get(database);
  if (memory?.state !== state || isFull(memory)) {
    memory = { state, answers: new Map(), characters: 0 };
    known.set(database, memory);
  }
  const answer = memory.answers.get(question) as T | undefined;
  if (answer !== undefined || memory.answers.has(question)) return answer as T;
  const found = ask();
  memory.answers.set(question, found);
  memory.characters += question.length;
  return found;
}

// --- internal ---

const isFull = ({ answers, characters }: Memory): boolean =>
  answers.size >= MOST || characters >= MOST_CHARACTERS;
