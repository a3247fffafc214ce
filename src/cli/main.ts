// The door of the binary: words in, exit code out.
import { exactArguments } from "./argv.ts";
import { runLine } from "./kernel.ts";
import { registry } from "./registry.ts";

// Of the runtime's, it leaves TLS unverified wherever nothing is said of that: in Bun's S3 client nothing can be. Gone before anybody asks.
delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];

process.exit(await runLine(await exactArguments(), registry));
