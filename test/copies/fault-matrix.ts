// The planted-fault matrix of one kind of copy: a clean copy has no finding, a faulty one exactly those planted. In the long run
// (BSV_SOAK=1) twenty trees, each read clean and with a hundred faults: 2,000 of them, and how many were found is told.
import { expect } from "bun:test";
import {
  FAULTS,
  FaultyCopy,
  named,
  ROUNDS,
  type Fault,
  type Names,
  type Told,
} from "./faulty-copy.ts";

export interface CopyKind {
  /** As the count tells it. */
  readonly what: string;
  /** Puts what is in the folder `made.copy` into a copy, anew each time, and gives its target. */
  readonly pack: (made: FaultyCopy, turn: number) => Promise<string> | string;
  readonly names?: Names;
  /** Those that this kind of copy can show; all of them, if none are said. */
  readonly faults?: readonly Fault[];
  readonly wishes?: (made: FaultyCopy) => NonNullable<Parameters<FaultyCopy["verify"]>[1]>;
  /** What else holds of a clean copy. */
  readonly alsoClean?: (told: Told, made: FaultyCopy) => Promise<void> | void;
}

/** The last of them, with its faults, for what else is to be tried. */
export async function everyFaultIsFound(kind: CopyKind): Promise<FaultyCopy> {
  const { what, pack, names, faults, wishes, alsoClean } = kind;
  let planted = 0;
  let made: FaultyCopy;
  for (let round = 0; ; round++) {
    made = await FaultyCopy.open(2 * FAULTS, names, round);
    const wish = wishes?.(made) ?? {};
    const clean = await made.verify(await pack(made, 1), wish);
    expect([clean.verification.cut, named(clean.findings)]).toEqual([null, []]);
    expect(clean.verification.isComplete).toBe(true);
    await alsoClean?.(clean, made);
    made.plant(FAULTS, faults);
    const { findings } = await made.verify(await pack(made, 2), wish);
    expect(named(findings)).toEqual(made.expected.toSorted());
    planted += FAULTS;
    if (round + 1 === ROUNDS) break;
    await made.close();
  }
  if (ROUNDS > 1) {
    console.error(
      `${what}: ${planted} faults planted and found, ${ROUNDS} clean runs without a finding`,
    );
  }
  return made;
}
