// The door of the binary: words in, exit code out.
import { exactArguments } from "./argv.ts";
import { runLine } from "./kernel.ts";
import { registry } from "./registry.ts";

process.exit(await runLine(await exactArguments(), registry));
