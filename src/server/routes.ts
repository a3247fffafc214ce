// All routes of the server. The first that fits answers, so fixed words stand before `{snapshot_id}`.
import type { Route } from "./route.ts";
import { proveAudit, showAudit } from "./routes/audit.ts";
import { endSession, giveToken, showSessions, signIn, signOut, whoami } from "./routes/auth.ts";
import { listSets, validateSet } from "./routes/backupsets.ts";
import { chain } from "./routes/chain.ts";
import { diff } from "./routes/diff.ts";
import { du } from "./routes/du.ts";
import { dupes, dupesOfSet } from "./routes/dupes.ts";
import { find } from "./routes/find.ts";
import { goneVersions } from "./routes/gone-versions.ts";
import { health, readiness } from "./routes/health.ts";
import { createKey, revokeKey, rotateKey, showKeys } from "./routes/keys.ts";
import { log } from "./routes/log.ts";
import { machines } from "./routes/machines.ts";
import { metrics } from "./routes/metrics.ts";
import { share, showOwner, transfer, unshare } from "./routes/owners.ts";
import { prune, pruneNow } from "./routes/prune.ts";
import {
  erase,
  filterSnapshots,
  latest,
  listHeads,
  listSnapshots,
  specific,
} from "./routes/snapshots.ts";
import { setUp, showSetUp } from "./routes/set-up.ts";
import { setStats, storeStats } from "./routes/stats.ts";
import { changeTags, showTags } from "./routes/tags.ts";
import { rollback } from "./routes/rollback.ts";
import { acceptVerdict, verdicts } from "./routes/verdicts.ts";
import { addUser, changePassword, disableUser, enableUser, showUsers } from "./routes/users.ts";
import { addVerification, verifications, verificationsOfSnapshot } from "./routes/verifications.ts";
import { upload } from "./routes/upload.ts";
import { commit, drop, open, part, state } from "./routes/uploads.ts";

/** By the name that OpenAPI has for each: clients are generated from it, so a name stays. */
export const operations = {
  listMachines: machines,
  findFiles: find,
  listBackupsets: listSets,
  listSnapshots,
  getLatestSnapshot: latest,
  querySnapshots: filterSnapshots,
  listHeads,
  listChain: chain,
  diffSnapshots: diff,
  measureUsage: du,
  listVersions: log,
  planPrune: prune,
  listGoneVersions: goneVersions,
  pruneSnapshots: pruneNow,
  listDuplicatesOfBackupset: dupesOfSet,
  getStatsOfBackupset: setStats,
  listVerdicts: verdicts,
  listVerifications: verifications,
  addVerification,
  getSnapshot: specific,
  listVerificationsOfSnapshot: verificationsOfSnapshot,
  planRollback: rollback,
  validateBackupset: validateSet,
  uploadSnapshot: upload,
  deleteSnapshot: erase,
  listTags: showTags,
  changeTags,
  acceptVerdict,
  openUpload: open,
  getUpload: state,
  sendPart: part,
  commitUpload: commit,
  dropUpload: drop,
  listDuplicates: dupes,
  getStats: storeStats,
  whoAmI: whoami,
  createToken: giveToken,
  signIn,
  signOut,
  listSessions: showSessions,
  endSession,
  listUsers: showUsers,
  addUser,
  disableUser,
  enableUser,
  changePassword,
  listKeys: showKeys,
  createKey,
  revokeKey,
  rotateKey,
  listAudit: showAudit,
  verifyAudit: proveAudit,
  getOwner: showOwner,
  transferMachine: transfer,
  shareMachine: share,
  unshareMachine: unshare,
  showSetUp,
  setUp,
  getHealth: health,
  getReadiness: readiness,
  getMetrics: metrics,
} as const satisfies Readonly<Record<string, Route>>;

export const routes: readonly Route[] = Object.values(operations);
