// Answers of any length: few at once for each sender, for what waits for a reader is in memory.
import type { Call } from "#server/route.ts";
import { senderOf } from "#server/access/sender.ts";

/** One more, until its last byte is taken or nobody takes it any more. Throws `rate_limited` or `store_busy`. */
export function beginLong(
  call: Pick<Call<unknown, unknown, unknown, unknown>, "house" | "visit" | "principal" | "from">,
): void {
  call.visit.atEnd.push(call.house.bounds.longAnswers.begin(senderOf(call)));
}
