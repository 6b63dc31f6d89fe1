// The private working copy of a task, and the plain checkouts that checks run in.

import type { Change } from '../model/attempt.ts';
import type { WorkspaceMode } from '../model/plan.ts';
import type { WorkspaceSettings } from '../model/settings.ts';

/** What a workspace is for. */
export interface WorkspaceSpec {
  /** A name for its folder: all attempts of a task see it at one path. */
  readonly name: string;
  readonly mode: WorkspaceMode;
  /** The commit it starts from; for checks a tree will do (its branch then has no commit yet). */
  readonly commit: string;
  /** The branch name it shows to the agent. */
  readonly branch: string;
  readonly settings: WorkspaceSettings;
  /** What set-up commands see: part of what decides whether they have to run at all. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What workspaces are made ahead for. */
export type SetUpWish = Pick<WorkspaceSpec, 'commit' | 'settings' | 'environment'>;

/**
 * Runs one set-up command in a workspace, where it reads what `Workspace.reads` names; resolves with
 * what failed, or `null`.
 */
export type SetUp = (
  command: string,
  cwd: string,
  reads: readonly string[],
) => Promise<string | null>;

/** What making a workspace came to. */
export type PreparedWorkspace =
  | {
      readonly ok: true;
      readonly workspace: Workspace;
      /** What it lacks, in words; left out: nothing. */
      readonly remarks?: readonly string[];
    }
  | { readonly ok: false; readonly message: string };

/** A working copy. */
export interface Workspace {
  readonly path: string;
  /** What programs in it have to read beside it and the repository's objects. */
  readonly reads: readonly string[];
  /**
   * Brings the kept work of an earlier attempt into the fresh work tree, after the snapshot: its
   * difference to its own base, as far as it applies to this base without a conflict.
   *
   * @returns What came of it.
   */
  restore(kept: string): Promise<Laid>;
  /** Brings the fresh work tree to what a tree holds, such as a merge with its marks. */
  lay(tree: string): Promise<Laid>;
  /**
   * Takes the work tree's difference to the state after set-up as one commit on the base, with its
   * objects on disk in the main repository; copied and ignored files are no part of it. Secrets are
   * taken out before, so that no object holds them.
   *
   * @returns The change, or `null` when there is none; a message when it cannot be taken.
   */
  collect(message: string, at: number): Promise<Collected>;
  /**
   * Keeps what is no part of the change: ignored, copied and very large files that were made or changed
   * since the workspace was ready go into a private folder. For when the change itself is kept. Files
   * that an earlier call has kept stay kept.
   *
   * @param as - The attempt's key.
   */
  keepAside(as: string): Promise<void>;
  /**
   * Puts it out of the way, for people to look at: what it holds could not be taken.
   *
   * @param as - A name for it.
   * @returns Where it lies now.
   */
  setAside(as: string): Promise<string>;
  /**
   * Removes it: a rename, then the files in the background, see `rest`. Copes with any tree; calling
   * it twice is harmless.
   */
  remove(): Promise<void>;
}

/**
 * What bringing files into a fresh work tree came to. Where they do not fit nothing was changed; where
 * it failed they are there in part, and the workspace is of no use any more.
 */
export type Laid =
  | { readonly kind: 'laid' }
  | { readonly kind: 'unfit' }
  | { readonly kind: 'failed'; readonly message: string };

/** What collecting a change came to. */
export type Collected =
  | ({
      readonly kind: 'change';
      readonly change: Change;
      /** What was taken out of it before, each with its place, without saying it. */
      readonly secrets: readonly string[];
    } & Left)
  | ({ readonly kind: 'none' } & Left)
  | { readonly kind: 'invalid'; readonly message: string };

/** What is no part of a change, and should have been. */
interface Left {
  /** Files that are too large for git, with their sizes; `keepAside` keeps them. Left out: none. */
  readonly tooLarge?: readonly string[];
}

/** Two commits that do not go together. */
export interface Clashing {
  readonly a: string;
  readonly b: string;
  readonly files: readonly string[];
}

/** What is known of the pairs that were asked about. */
export interface Predicted {
  readonly clashing: readonly Clashing[];
  /** Pairs that nobody has looked at yet, for the time was over. */
  readonly left: number;
}

/** What somebody at work has changed so far. */
export interface Look {
  /** A commit on the workspace's start; only the looker that made it can read it. */
  readonly commit: string;
  /** The commit the workspace started from. */
  readonly base: string;
  /** Changed paths, at most 1,000 of them. */
  readonly files: readonly string[];
}

/**
 * Looks at workspaces while agents are at work in them, without disturbing anybody: nothing is
 * written to them, nor to the repository.
 */
export interface Looker {
  /** What has changed in a workspace; `null` = nothing, or nobody can tell at this moment. */
  look(name: string): Promise<Look | null>;
  /** Which of these commits conflict, as merging each two of them would tell. */
  among(commits: readonly string[], until?: number): Promise<Predicted>;
  /** Forgets everything; calling it twice is harmless. */
  end(): Promise<void>;
}

/** What is kept of an attempt beside git. */
export interface Aside {
  readonly files: number;
  readonly bytes: number;
  /** What was not kept, and why, such as folders with too much in them, which programs make again. */
  readonly leftOut: readonly string[];
  /** It is the whole work tree, for nothing of it could be taken as a change. */
  readonly whole: boolean;
  /** A git directory with what its agent committed or stashed itself; `null` = it did not. */
  readonly commits: string | null;
}

/** Something that was made ahead, and was never used. */
export interface MadeAhead {
  readonly path: string;
  readonly isOfUse: boolean;
  remove(): Promise<void>;
}

/** Makes and finds workspaces. */
export interface Workspaces {
  /**
   * Makes a fresh one; what was there under that name is kept by the caller before. `mayTouch` is
   * asked around everything that would disturb whoever has taken over meanwhile and works there.
   */
  prepare(
    spec: WorkspaceSpec,
    setUp: SetUp,
    mayTouch: () => Promise<boolean>,
  ): Promise<PreparedWorkspace>;
  /**
   * Makes workspaces ahead in the background, so many, where that is worthwhile: what it makes is
   * used by the next ones only, whatever they are for. The latest wish counts.
   */
  ahead(wish: SetUpWish, count: number, mayTouch: () => Promise<boolean>): void;
  /** What was made ahead, and what of it the next workspace of such a wish would not use any more. */
  madeAhead(wish: SetUpWish): Promise<readonly MadeAhead[]>;
  /** Ends what goes on in the background; resolves when nothing does any more. */
  rest(): Promise<void>;
  /** The workspace that an earlier process made under this name; `null` when there is none. */
  find(name: string): Promise<Workspace | null>;
  /** Begins to look at those that agents are at work in. */
  watch(): Promise<Looker>;
  /** All there are; one that is not `complete` was never finished, so no agent has worked in it. */
  list(): Promise<
    readonly { readonly name: string; readonly path: string; readonly complete: boolean }[]
  >;
  /**
   * The private folder of a task, outside its workspace and the repository, for nobody else to read:
   * what its runtime remembers lies there, such as sessions, from the first attempt to the last.
   */
  homePath(name: string): string;
  /** Makes it, unless it is there; resolves with its path. */
  makeHome(name: string): Promise<string>;
  /** Removes it; one that is not there is fine. */
  removeHome(name: string): Promise<void>;
  /** The names of those there are. */
  homes(): Promise<readonly string[]>;
  /** What is kept of an attempt beside git; `null` = nothing. `last`: no attempt came after it. */
  aside(as: string, last: boolean): Promise<Aside | null>;
  /** Copies that into a folder that is there. */
  bringAside(as: string, last: boolean, to: string): Promise<void>;
  /** The attempts of which something is kept in private folders, and where: whole work trees too. */
  asides(): Promise<readonly { readonly name: string; readonly paths: readonly string[] }[]>;
  /** Removes those folders; where there are none that is fine. */
  removeAside(as: string): Promise<void>;
  /** What was removed, but is still on the disk: paths. */
  trash(): Promise<readonly string[]>;
  /**
   * Deletes that; what another process deletes at this moment is fine.
   *
   * @throws {Error} When some of it cannot be deleted; the rest is.
   */
  emptyTrash(): Promise<void>;
}
