// What a scan is asked to do.
import type { Backupset } from "#core/config/config.ts";
import type { Signer } from "#core/signature.ts";

export interface ScanInput {
  readonly set: Backupset;
  readonly machineId: string;
  readonly agentId: string;
  readonly dataDir: string;
  readonly keepDocuments: number | "all";
  /** Read everything, carry nothing. */
  readonly reread: boolean;
  /** Store what is there, even if it is nothing. */
  readonly allowEmpty: boolean;
  readonly threads: number;
  readonly tool: { readonly name: string; readonly version: string };
  /** Signs the snapshot, if this installation has a key. */
  readonly signer?: Signer | undefined;
}
