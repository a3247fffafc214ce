// The sizes that a query asks for.
import { z } from "zod";
import { BsvError } from "#core/errors.ts";

export const bytesShape = z
  .string()
  .regex(/^\d{1,15}$/, "is no number of bytes")
  .transform(Number);

export const sizeRange = { min_size: bytesShape.optional(), max_size: bytesShape.optional() };

/** Nothing has a size of a range that ends before it begins: whoever asks would be content for ever. */
export function refuseNoSize(query: {
  readonly min_size?: number | undefined;
  readonly max_size?: number | undefined;
}): void {
  const { min_size: least = 0, max_size: most = Infinity } = query;
  if (least <= most) return;
  throw new BsvError("invalid_request", "min_size is larger than max_size: nothing would fit");
}
