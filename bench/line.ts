// One line of the result: what was measured, and whether it is what was promised.
export interface Line {
  readonly row?: string;
  readonly what: string;
  readonly measured: string;
  readonly reach: string;
  /** Undefined where there is nothing to compare with. */
  readonly isReached: boolean | undefined;
}

export function atMost(what: string, value: number, limit: number, unit: string): Line {
  const measured = `${value.toFixed(value < 10 ? 2 : 0)} ${unit}`;
  return { what, measured, reach: `≤ ${limit} ${unit}`, isReached: value <= limit };
}

export function atLeast(what: string, value: number, limit: number, unit: string): Line {
  const measured = `${Math.round(value)} ${unit}`;
  return { what, measured, reach: `≥ ${limit} ${unit}`, isReached: value >= limit };
}

export function ratioAtMost(what: string, ours: number, floor: number, limit: number): Line {
  return { ...ratio(what, ours, floor), reach: `≤ ${limit} ×`, isReached: ours / floor <= limit };
}

export function ratioAtLeast(
  what: string,
  theirs: number,
  ours: number,
  limit: number,
  kind: "time" | "speed" = "time",
): Line {
  return {
    ...ratio(what, theirs, ours, kind),
    reach: `≥ ${limit} ×`,
    isReached: theirs / ours >= limit,
  };
}

// --- internal ---

function ratio(what: string, first: number, second: number, kind: "time" | "speed" = "time") {
  const say = (value: number) =>
    kind === "time" ? `${value.toFixed(2)} s` : `${(value / 1e9).toFixed(2)} GB/s`;
  return { what, measured: `${(first / second).toFixed(2)} × (${say(first)} / ${say(second)})` };
}
