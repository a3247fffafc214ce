// Looking at some to say something of all: which files are in a sample, and what may honestly be said of the rest.

/** Whether the path is in the sample of this share (0 to 1); another seed takes other ones. */
export function isSampled(path: string, share: number, seed: number): boolean {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (let i = 0; i < path.length; i++) {
    hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193) >>> 0;
  }
  // FNV's high bits follow the last letters too closely: mixed once more.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 < share;
}

/**
 * With 95 % confidence no larger share of all files is bad, when so many of a random sample were: Clopper and Pearson's upper bound.
 * 1 for an empty sample.
 */
export function mostBad(bad: number, sampled: number): number {
  if (sampled === 0 || bad >= sampled) return 1;
  if (bad === 0) return 1 - DOUBT ** (1 / sampled);
  let [low, high] = [bad / sampled, 1];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (atMost(bad, sampled, middle) > DOUBT) low = middle;
    else high = middle;
  }
  return high;
}

/** `0 bad of 300 sampled: fewer than 1 % bad with 95 % confidence`. */
export function sampleText(bad: number, sampled: number): string {
  const share = mostBad(bad, sampled) * 100;
  const bound =
    share >= 99.95
      ? "nothing is known of the rest"
      : `fewer than ${rounded(share)} % bad with 95 % confidence`;
  return `${bad} bad of ${sampled} sampled: ${bound}`;
}

// --- internal ---

const DOUBT = 0.05;

/** Rounded up: a bound may be larger than the truth, never smaller. */
function rounded(percent: number): string {
  const digits = percent >= 1 ? 1 : percent >= 0.1 ? 2 : 3;
  return String(Number((Math.ceil(percent * 10 ** digits) / 10 ** digits).toFixed(digits)));
}

/** The chance of at most `bad` bad ones in the sample, if this share of all is. */
function atMost(bad: number, sampled: number, share: number): number {
  let term = sampled * Math.log1p(-share);
  let sum = Math.exp(term);
  for (let k = 1; k <= bad; k++) {
    term += Math.log((sampled - k + 1) / k) + Math.log(share / (1 - share));
    sum += Math.exp(term);
  }
  return sum;
}
