// The plan that would bring the roots of a set back to a snapshot: what stands on this disk now, beside what the snapshot says, judged
// path by path in the one order. Reads what it has to and writes nothing.
import { isAtOrBelow } from "#core/order.ts";
import { collisionKind, NameCollisions } from "#core/proof/name-collisions.ts";
import { judgeRollback, needsContent, type RollbackStep } from "#core/rollback.ts";
import type { Run } from "#core/run.ts";
import { contentPlaces, isContentKnown, type ContentPlace } from "#db/search/content-places.ts";
import { pathHistory } from "#db/search/history.ts";
import { whyUnseen } from "#db/comparison/before-disk.ts";
import type { Scope } from "#db/scope.ts";
import { isCaseBlind } from "#disk/case-blind.ts";
import { RootFolders } from "#disk/root-folders.ts";
import { systemCode, troubleText } from "#disk/trouble.ts";
import type { PlaceInRoot, StandingTree } from "#scan/standing.ts";
import { Pairs, type Pair } from "./pairs.ts";
import { openTree, type RollbackInput } from "./roots.ts";
import { ContentFinder } from "./sources.ts";
import { SpaceNeeded, type SpaceOfRoot } from "./space.ts";

export class RollbackPlan {
  readonly tree: StandingTree;
  readonly finder: ContentFinder;
  /** Contents that belong outside of the path, and are not there; known when all pages have come. */
  wantedOutside: ReadonlySet<string> = new Set();
  readonly #scope: Scope;
  readonly #input: RollbackInput;
  readonly #run: Run;
  readonly #collisions = new NameCollisions();
  readonly #caseBlind = new Map<string, boolean>();
  /** For looking at places; closed at the end. */
  readonly #folders = new Map<string, RootFolders>();
  readonly #space: SpaceNeeded;

  /** Throws `no_usable_root` if there is nothing to bring back, `not_found` for a path or a copy that is not there. */
  static async open(scope: Scope, input: RollbackInput, run: Run): Promise<RollbackPlan> {
    return new RollbackPlan(scope, input, run, await openTree(scope, input));
  }

  private constructor(scope: Scope, input: RollbackInput, run: Run, tree: StandingTree) {
    this.#scope = scope;
    this.#input = input;
    this.#run = run;
    this.tree = tree;
    this.#space = new SpaceNeeded(this.tree.roots);
    const tops = this.tree.roots.map((root) => root.openPath);
    this.finder = new ContentFinder(input.copies, tops);
    for (const { path, error } of this.tree.lost) run.monitor.trouble({ path, error });
  }

  /** All steps, those that keep as well, in the one order. Call once. */
  async *pages(): AsyncGenerator<RollbackStep[]> {
    const beside = await Pairs.open(this.#scope, this.#input, this.tree, this.#run);
    this.wantedOutside = beside.wantedOutside;
    let pairs: Pair[] = [];
    try {
      for await (const pair of beside.all()) {
        pairs.push(pair);
        if (pairs.length < PAGE_SIZE) continue;
        yield await this.#judge(pairs);
        pairs = [];
      }
      if (pairs.length > 0) yield await this.#judge(pairs);
    } finally {
      await beside.close();
      for (const folders of this.#folders.values()) folders.close();
      this.finder.close();
    }
  }

  /** Whether a root of which it speaks is not there: then nobody knows what else would have to be done. */
  get isBlind(): boolean {
    const { path } = this.#input;
    return this.tree.lost.some(
      (root) => path === undefined || isAtOrBelow(path, root.path) || isAtOrBelow(root.path, path),
    );
  }

  /** What the steps so far would take, root by root. */
  space(): SpaceOfRoot[] {
    return this.#space.byRoot();
  }

  /** Places of the step's content that the store knows. */
  async recordedPlaces(steps: readonly Pick<RollbackStep, "target">[]): Promise<ContentPlace[][]> {
    const contents = steps.map(({ target }) => ({
      checksum: target!.checksum!,
      sizeBytes: target!.sizeBytes!,
    }));
    return contentPlaces(this.#scope, contents, this.#input.target.machineId);
  }

  // --- internal ---

  async #judge(pairs: readonly Pair[]): Promise<RollbackStep[]> {
    const absent = pairs.filter(({ target }) => target === null);
    const unseen = absent.length === 0 ? [] : await this.#whyUnseenThen(absent);
    const why = new Map(absent.map((pair, at) => [pair, unseen[at]]));
    const steps: RollbackStep[] = [];
    for (const pair of pairs) steps.push(await this.#step(pair, why.get(pair)));
    const needy = steps.filter(needsContent);
    const places = (needy.length === 0 ? [] : await this.recordedPlaces(needy)).values();
    return steps.map((step) => {
      const found = needsContent(step) ? this.#withSource(step, places.next().value!) : step;
      this.#space.add(found);
      return found;
    });
  }

  #whyUnseenThen(pairs: readonly Pair[]): Promise<(string | undefined)[]> {
    return whyUnseen(
      this.#scope,
      this.#input.target,
      pairs.map(({ key }) => key),
    );
  }

  async #step(pair: Pair, whyUnseenThen: string | undefined): Promise<RollbackStep> {
    const { key, target, present } = pair;
    const path = (target ?? present)!.path;
    const collidesWith = target === null ? null : this.#collisions.meet(key);
    const facts = {
      target,
      present,
      isRecorded: pair.isRecorded || (await this.#isRecorded(pair)),
      whyUnseenThen,
      whyUnseenNow: present === null ? this.#whyUnseenNow(path) : undefined,
    };
    const step = { ...judgeRollback(facts), path, target, present, source: null, collidesWith };
    if (step.conflict !== null) return step;
    if (collidesWith !== null && needsName(step) && this.#isOneName(path, collidesWith)) {
      return { ...step, conflict: "case_collision", why: SAME_NAME };
    }
    const obstacle = step.action === "create" ? this.#obstacle(path) : undefined;
    return obstacle === undefined ? step : { ...step, conflict: "in_the_way", why: obstacle };
  }

  #withSource(step: RollbackStep, recorded: readonly ContentPlace[]): RollbackStep {
    return { ...step, source: this.finder.sourceOf(step, this.tree.placeOf(step.path)!, recorded) };
  }

  #whyUnseenNow(path: string): string | undefined {
    const why = this.tree.whyUnseen(path);
    if (why !== undefined) return why;
    return this.tree.placeOf(path) === undefined ? NO_PLACE : undefined;
  }

  /** Whether any snapshot of this store has what stands there; asked of what would be lost. */
  async #isRecorded({ target, present, recorded }: Pair): Promise<boolean> {
    if (present === null || present.error !== null) return false;
    if (present.type === "file") {
      const isSame = target?.checksum === present.checksum;
      return isSame || present.sizeBytes === 0 || isContentKnown(this.#scope, present.checksum!);
    }
    if (recorded?.entry.target === present.target) return true;
    const page = { limit: MOST_VERSIONS };
    const { rows } = await pathHistory(this.#scope, this.#input.target, present.path, page);
    return rows.some(({ entry }) => entry.target === present.target);
  }

  /** What stands at a place where the walk saw nothing, or on the way to it. */
  #obstacle(path: string): string | undefined {
    const { root, steps, name } = this.tree.placeOf(path)!;
    try {
      const { kind } = this.#foldersOf(root).folder(steps).look(name);
      return `OCCUPIED: a ${kind} stands there`;
    } catch (error) {
      const code = systemCode(error);
      if (code === "ENOENT") return undefined;
      if (code === "ENOTDIR" || code === "ELOOP") return NO_FOLDER;
      return troubleText(error);
    }
  }

  #foldersOf({ openPath }: PlaceInRoot["root"]): RootFolders {
    let folders = this.#folders.get(openPath);
    if (folders === undefined) this.#folders.set(openPath, (folders = new RootFolders(openPath)));
    return folders;
  }

  /** Unicode's forms are one name on Apple's file systems alone. */
  #isOneName(path: string, collidesWith: string): boolean {
    const isByCase = collisionKind(collidesWith, path) === "case";
    return (isByCase || process.platform === "darwin") && this.#isCaseBlind(path);
  }

  #isCaseBlind(path: string): boolean {
    const { openPath } = this.tree.placeOf(path)!.root;
    let isBlind = this.#caseBlind.get(openPath);
    if (isBlind === undefined) this.#caseBlind.set(openPath, (isBlind = isCaseBlind(openPath)));
    return isBlind;
  }
}

// --- internal ---

/** Steps judged and told at once. */
const PAGE_SIZE = 500;
/** Versions of one path over time that are asked for. */
const MOST_VERSIONS = 1000;

const NO_PLACE = "NO_PLACE: below none of the roots, or no path that a file can have";
const NO_FOLDER = "OCCUPIED: on the way there stands what is no folder";
const SAME_NAME = "SAME_NAME: this file system takes it for another name of the snapshot";

const needsName = ({ action }: Pick<RollbackStep, "action">): boolean =>
  action === "create" || action === "overwrite";
