// A time as remotes write it.
import { z } from "zod";
import { parseTimestamp } from "#core/timestamp.ts";

export const remoteMoment = z.string().transform((text, context) => {
  const ms = parseTimestamp(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: "custom", message: "is no timestamp" });
  return z.NEVER;
});
