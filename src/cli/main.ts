// The door of the binary: words in, exit code out.
import { runLine } from "./kernel.ts";
import { registry } from "./registry.ts";

process.exit(await runLine(process.argv.slice(2), registry));
