// The user's repository, as far as tutti reads and writes it. The user's checkout, index and HEAD
// are never touched; hooks, filters and drivers never run.

/** What a path looks like in a difference. */
export interface ChangedFile {
  readonly path: string;
  readonly status: 'added' | 'modified' | 'deleted' | 'type';
}

/** What merging two commits gives. */
export type MergeResult =
  | { readonly kind: 'merged'; readonly tree: string }
  | {
      readonly kind: 'conflict';
      readonly files: readonly string[];
      readonly messages: string;
      /** What the merge has left: files in conflict have marks around both sides. */
      readonly tree: string;
    };

/** What a commit is to say. Dates are given, so that making it again gives the same commit. */
export interface CommitSpec {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly at: number;
}

/** What moving a ref came to. */
export type MoveResult =
  | { readonly kind: 'moved' }
  /** The ref was not where it should be. */
  | { readonly kind: 'elsewhere'; readonly at: string | null }
  /** Another coordinator has taken over. */
  | { readonly kind: 'superseded' };

/** Whether the work trees of a branch can follow it, or have. */
export type CheckoutsResult =
  | { readonly ok: true; readonly updated: readonly string[] }
  /** In this work tree these files have edits that would be lost; nothing was touched anywhere. */
  | {
      readonly ok: false;
      readonly path: string;
      readonly files: readonly string[];
      /** What else keeps it from following, in words: a merge or another git that is at work. */
      readonly busy?: string;
    };

/** Somewhere else that has the repository too. */
export interface Remote {
  readonly name: string;
  /** As the person wrote it; git may be told to go elsewhere for it. */
  readonly url: string;
  /** What else it leads to: git pushes to all of them. */
  readonly more: readonly string[];
}

/** Where a branch comes from, and where one pushes to: the same, or a fork of it. */
export interface Remotes {
  readonly target: Remote;
  readonly push: Remote;
}

/** What is to be brought to a remote. */
export interface PushSpec {
  /** The remote's name. */
  readonly remote: string;
  /** Without `refs/heads/`. */
  readonly branch: string;
  readonly commit: string;
  /** What to tell a remote that asks who comes; `null` = what the person has set up for git. */
  readonly token: { readonly user: string; readonly secret: string } | null;
}

/** What pushing came to. */
export type PushResult =
  | { readonly kind: 'pushed' }
  /** It has that very commit already. */
  | { readonly kind: 'there' }
  /** Its branch has commits that are not part of the result; nothing was changed. */
  | { readonly kind: 'elsewhere'; readonly at: string | null }
  /** What git said. */
  | { readonly kind: 'failed'; readonly message: string };

/** A program that the repository's own configuration has git run in a checkout. */
export interface CheckoutProgram {
  /** The setting's name, such as `filter.x.smudge`. */
  readonly key: string;
  readonly value: string;
  /** Where it stands; relative to the main work tree where it is below it. */
  readonly file: string;
}

/** A lock file of git that nobody holds any more: its git died at work. */
export interface LeftLock {
  readonly path: string;
  /** Whether it locks something that only tutti writes. */
  readonly ours: boolean;
}

/** A commit, as far as it tells what goes on in a repository. */
export interface RecentCommit {
  readonly subject: string;
  readonly files: readonly string[];
}

/** How many lines of a file differ; `null` for a file that is not text. */
interface ChangedLines {
  readonly path: string;
  readonly added: number | null;
  readonly deleted: number | null;
}

/** The user's repository. */
export interface Repository {
  /** Where its main work tree begins. */
  readonly root: string;
  /** Its common git directory. */
  readonly commonDir: string;
  /** Where its objects lie: its own folder, and those of others that it borrows from. */
  objectFolders(): Promise<readonly string[]>;
  /** Major and minor number of the git that is used. */
  readonly gitVersion: readonly [number, number];
  /** The commit a revision names; `null` when there is none. */
  resolve(revision: string): Promise<string | null>;
  /** The tree of a commit. */
  treeOf(commit: string): Promise<string>;
  /** Which objects are there, by the names asked for: ids, or `ID^{tree}`; with their own ids. */
  objects(names: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The branch that is checked out in the main work tree; `null` when HEAD is detached. */
  currentBranch(): Promise<string | null>;
  /** Whether the main work tree has changes that are not committed (untracked ones count too). */
  isDirty(): Promise<boolean>;
  /** Merges `theirs` into `ours` without a work tree; drivers never run. */
  merge(base: string, ours: string, theirs: string): Promise<MergeResult>;
  commit(spec: CommitSpec): Promise<string>;
  /** Whether `ancestor` is an ancestor of `commit`, or the same. */
  isAncestor(ancestor: string, commit: string): Promise<boolean>;
  /** The best common ancestor of two commits; `null` when they have none. */
  mergeBase(one: string, other: string): Promise<string | null>;
  changedFiles(from: string, to: string): Promise<readonly ChangedFile[]>;
  /** How many files differ, and how large they are at `to`. */
  changedSize(
    from: string,
    to: string,
  ): Promise<{ readonly files: number; readonly bytes: number }>;
  changedLines(from: string, to: string): Promise<readonly ChangedLines[]>;
  /** A unified diff, for people. */
  diff(from: string, to: string): Promise<string>;
  /** Commits after `from` up to `to`, none before its children. */
  log(from: string, to: string): Promise<readonly { commit: string; subject: string }[]>;
  /**
   * The latest commits from `commit` on, without merges, the newest first, with what they changed; for
   * people and planners: fewer where reading takes long or something is missing.
   */
  recent(commit: string, limit: number): Promise<readonly RecentCommit[]>;
  /** Names under `prefix` with the commits they point to. */
  refs(prefix: string): Promise<readonly { name: string; commit: string }[]>;
  /** Moves refs together, or none, only while this coordinator's epoch stands where it is given. */
  move(
    moves: readonly { readonly ref: string; readonly old: string | null; readonly new: string }[],
    epoch: number | null,
  ): Promise<MoveResult>;
  /**
   * How much of the objects of each of these refs no other ref holds, in bytes on the disk: what it frees
   * to delete all of them, shared ones counted once. Of very many some stand for their neighbours too.
   */
  heldOnlyBy(refs: readonly string[]): Promise<readonly number[]>;
  /** Deletes refs that are where they are said to be. */
  deleteRefs(refs: readonly { readonly ref: string; readonly old: string }[]): Promise<void>;
  /** Locks that are left of a git that died, while no other is at work here. */
  leftLocks(): Promise<readonly LeftLock[]>;
  /** Removes those of them that are ours, and says how many; the person's own stay. */
  dropLeftLocks(): Promise<number>;
  /** Announces this coordinator's epoch to every later move. */
  setEpoch(epoch: number): Promise<void>;
  /** The epoch that was announced last; `null` when none was. */
  epoch(): Promise<number | null>;
  /** The work trees that have a branch checked out. */
  checkedOutAt(branch: string): Promise<readonly string[]>;
  /** What a look at, or an update of, the person's work trees would run that is not their own. */
  checkoutPrograms(): Promise<readonly CheckoutProgram[]>;
  /** Whether `updateCheckouts` would succeed: for before the branch is moved. Changes nothing. */
  checkoutsAllow(branch: string, from: string, to: string): Promise<CheckoutsResult>;
  /**
   * Brings clean work trees of a branch from one commit to another; refuses to lose edits. After a
   * call that was killed, `again` takes up what it left half-made; nobody else may be at it then.
   */
  updateCheckouts(
    branch: string,
    from: string,
    to: string,
    again?: boolean,
  ): Promise<CheckoutsResult>;
  /** Writes the files of a commit, and nothing else, into a folder that is there and empty. */
  writeFiles(commit: string, folder: string): Promise<void>;
  /** Paths that git tracks at a commit, at most `limit` of them. */
  listFiles(commit: string, limit: number): Promise<readonly string[]>;
  /** A file's content at a commit; `null` when there is none or it is larger than `limit` bytes. */
  readFile(commit: string, path: string, limit: number): Promise<string | null>;
  /**
   * The same of many files at once; of commits or trees, in full hexadecimal. With `byId` what is too
   * large, all together too, or no file, is told by a NUL and its id: enough to compare it.
   */
  readFiles(
    asked: readonly { readonly commit: string; readonly path: string }[],
    limit: number,
    byId?: boolean,
  ): Promise<readonly (string | null)[]>;
  /** The remotes of a branch, by the person's configuration; `null` = none. */
  remotes(branch: string): Promise<Remotes | null>;
  /** Brings a commit to a branch of a remote, never over a commit of somebody else. */
  push(spec: PushSpec): Promise<PushResult>;
  /** Whether git ignores a path of the main work tree. */
  isIgnored(path: string): Promise<boolean>;
}
