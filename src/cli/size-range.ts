// `--min-size` and `--max-size` said together.
import { BsvError } from "#core/errors.ts";

/** Nothing has a size of a range that ends before it begins: a check would be content for ever. */
export function refuseNoSize(args: {
  readonly "min-size"?: number | undefined;
  readonly "max-size"?: number | undefined;
}): void {
  const { "min-size": least = 0, "max-size": most = Infinity } = args;
  if (least <= most) return;
  throw new BsvError("usage", "--min-size is larger than --max-size, so nothing would fit", {
    hint: "Say a --min-size up to the --max-size, or leave one of them out",
  });
}
