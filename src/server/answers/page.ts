// Lists in pages, as their clients see them: `limit` and `cursor` in, a bare array and a Link to the next page out.
import { z } from "zod";
import { textAnswer } from "./answer.ts";
import { sameQuestion } from "./same-question.ts";

/** A page of a thousand headers is some 400 KB. */
const MAX_LIMIT = 1000;

const limit = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, `is not a number from 1 to ${MAX_LIMIT}`)
  .transform(Number)
  .refine((number) => number <= MAX_LIMIT, `is not a number from 1 to ${MAX_LIMIT}`)
  .meta({ description: `How many at most; ${MAX_LIMIT} unless said otherwise` });
const cursor = z
  .string()
  .max(512)
  .meta({ description: "Where the page before ended: from its Link header, as it is" });

export const pageShape = { limit: limit.default(MAX_LIMIT), cursor: cursor.optional() };

/** `items` are JSON texts. The link keeps the question's own parameters, but for those that are `pinned` to what they meant. */
export function pageAnswer(
  request: Pick<Request, "url">,
  items: readonly string[],
  nextCursor: string | null,
  pinned: Readonly<Record<string, string>> = {},
): Response {
  const headers: Record<string, string> = {};
  if (nextCursor !== null) {
    const next = sameQuestion(request, { ...pinned, cursor: nextCursor });
    headers["Link"] = `<${next}>; rel="next"`;
  }
  return textAnswer(`[${items.join(",\n")}]`, 200, headers);
}
