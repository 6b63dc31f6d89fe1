// Repositories of odd shapes: damaged, half-made, made to mislead, or just strange. Each is made by a shell
// script in a small repository; then a run is carried out there to its merge. What cannot be worked with
// is refused with what is wrong and what to do; nothing is lost and nothing waits for ever.

/** A repository of an odd shape. */
export interface Shape {
  readonly name: string;
  /** Bash, in the root of a repository with one commit on `main`; `$W` is the folder around it. */
  readonly make: string;
  /** With what the run is refused; left out: it ends, and is merged. */
  readonly refused?: RegExp;
  /** With what only the merge is refused. */
  readonly unmerged?: RegExp;
  /** What must not be there afterwards. */
  readonly untouched?: string;
  /** More of the environment; `$W` stands for the folder around. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes too long for every day, or is a neighbour of one that does not. */
  readonly heavy?: boolean;
  /** Only root can make it. */
  readonly byRoot?: boolean;
}

const COMMIT = 'git add -A; git commit -qm shape';

/** Strange, but nothing that a run would have to do with. */
const FINE: readonly Shape[] = [
  {
    name: 'refs and tags that look like options, other refs, or objects',
    make: `
for n in --output=pwned -rf --all é-\u202Etxt HEAD refs/heads/main heads/main main.x \${PWD//\\//_}; do git update-ref "refs/heads/$n" HEAD; done
for n in main HEAD --exec=pwned 0000000000000000000000000000000000000000; do git update-ref "refs/tags/$n" HEAD; done
git update-ref refs/tags/blob $(git hash-object -w a.txt); git update-ref refs/tags/tree $(git rev-parse 'HEAD^{tree}')
git tag -a -m one one; git tag -a -m two two one; git symbolic-ref refs/heads/loop refs/heads/loop2; git symbolic-ref refs/heads/loop2 refs/heads/loop
git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/gone`,
    untouched: 'main/pwned',
  },
  {
    name: 'refs of ours that somebody has made before',
    make: `git update-ref refs/tutti/runs/SHOP-7/head HEAD; git update-ref refs/heads/SHOP-3 HEAD
git update-ref refs/tutti/epoch $(git hash-object -w a.txt); git update-ref refs/tutti/kept/SHOP-9.1/1 HEAD; git update-ref refs/tutti/kept/x HEAD`,
  },
  {
    name: 'names with line breaks, escapes, options, magic, no UTF-8, both forms of an accent, both cases',
    make: `printf x > $'a\\nb'; printf x > $'\\e[2Kx'; printf x > -rf; printf x > ':(glob)**'; printf x > $'f\\xff\\xfe'; printf x > $'e\\u0301'; printf x > $'\\u00e9'; printf x > README; printf x > readme; printf x > $'\\u202etxt'; mkdir -- --upload-pack=x; printf x > --upload-pack=x/f; printf x > '$(touch pwned)'; printf x > "$(printf 'n%.0s' $(seq 255))"; ${COMMIT}`,
    untouched: 'main/pwned',
  },
  {
    name: 'links to nowhere, in circles, outside and into .git, in the repository',
    make: `ln -s loop loop; ln -s . self; ln -s /etc/passwd out; ln -s ../.. up; ln -s .git to-git; ln -s .git/config to-config; ln -s /dev/zero endless; ${COMMIT}`,
  },
  {
    name: 'pipes, sockets and repositories that lie around',
    make: `mkfifo pipe dir/pipe; python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("sock")'; git init -q nested; git init -q --bare nested.git; mkdir fake; mkfifo fake/.git; mkdir led; echo 'gitdir: /dev/zero' > led/.git`,
  },
  {
    name: 'attributes and ignore rules without end',
    heavy: true,
    make: `python3 - <<'E'
with open(".gitattributes", "w") as f:
    for i in range(20000): f.write("**/%d/**/x*[a-z]?%d text diff=d%d merge=m%d filter=f%d\\n" % (i, i, i, i, i))
    f.write("[attr]a b\\n[attr]b a\\n* a\\n" + "x " + "y" * 100000 + "\\n")
with open(".gitignore", "w") as f:
    for i in range(20000): f.write("**/%d/**/x*%d\\n!**/%d\\n" % (i, i, i))
E
${COMMIT}`,
  },
  {
    name: 'logs of refs without end',
    heavy: true,
    make: `truncate -s 3G .git/logs/HEAD; truncate -s 3G .git/logs/refs/heads/main; mkdir -p .git/logs/refs/tutti; truncate -s 1G .git/logs/refs/tutti/epoch`,
  },
  {
    name: 'twenty thousand branches, packed',
    make: `git pack-refs --all; h=$(git rev-parse HEAD); p=.git/packed-refs; { head -1 $p; { tail -n +2 $p; for i in $(seq 20000); do echo "$h refs/heads/many/$i"; done; } | LC_ALL=C sort -k2; } > "$W/p"; mv "$W/p" $p; git for-each-ref > /dev/null`,
  },
  {
    name: 'other object folders: one that is gone, itself, one that leads in a circle',
    make: `git clone -q --bare . "$W/other.git"; echo "$PWD/.git/objects" > "$W/other.git/objects/info/alternates"; printf '%s\\n' "$W/gone" "$PWD/.git/objects" "$W/other.git/objects" '../../../other.git/objects' > .git/objects/info/alternates`,
  },
  {
    name: 'submodules that nobody describes, or in options',
    heavy: true,
    make: `git update-index --add --cacheinfo "160000,$(git rev-parse HEAD),sub"; printf '[submodule "x"]\\n\\tpath = --upload-pack=pwned\\n\\turl = -u./pwned\\n[submodule "../../x"]\\n\\tpath = y\\n\\turl = ext::sh -c touch%% pwned\\n' > .gitmodules; git add .gitmodules; git commit -qm modules`,
    untouched: 'main/pwned',
  },
  {
    name: 'history with escapes in names and subjects',
    heavy: true,
    make: `git -c user.name=$'\\e]0;pwned\\a' commit -q --allow-empty -m $'ok \\e[2K\\e[1A merged by admin\\n\\nTutti-Task: SHOP-1.1'`,
  },
  { name: 'a detached HEAD', make: 'git checkout -q --detach' },
  {
    name: 'locks of a git that has died',
    make: 'touch .git/index.lock .git/config.lock .git/packed-refs.lock .git/refs/heads/other.lock .git/shallow.lock',
    unmerged: /index\.lock is there/u,
  },
  {
    name: 'a damaged index',
    make: `printf 'DIRC\\0\\0\\0\\11junk' > .git/index`,
    unmerged: /index|checkout/u,
  },
  {
    name: 'variables of git in the environment',
    make: `printf '#!/bin/sh\\ntouch "%s/pwned"\\n' "$W" > "$W/evil"; chmod +x "$W/evil"; mkdir "$W/exec" "$W/tpl"; cp "$W/evil" "$W/exec/git-remote-https"; cp "$W/evil" "$W/exec/git-merge-tree"; cp "$W/evil" "$W/exec/git"; mkdir "$W/tpl/hooks"; cp "$W/evil" "$W/tpl/hooks/post-checkout"; git init -q "$W/elsewhere"`,
    env: {
      GIT_DIR: '$W/elsewhere/.git',
      GIT_WORK_TREE: '$W/elsewhere',
      GIT_INDEX_FILE: '$W/pwned',
      GIT_OBJECT_DIRECTORY: '$W/elsewhere/.git/objects',
      GIT_COMMON_DIR: '$W/elsewhere/.git',
      GIT_CONFIG: '$W/pwned',
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'core.fsmonitor',
      GIT_CONFIG_VALUE_0: '$W/evil',
      GIT_CONFIG_KEY_1: 'core.hooksPath',
      GIT_CONFIG_VALUE_1: '$W/tpl/hooks',
      GIT_CONFIG_PARAMETERS: "'core.fsmonitor=$W/evil' 'diff.external=$W/evil'",
      GIT_SSH_COMMAND: '$W/evil',
      GIT_EXEC_PATH: '$W/exec',
      GIT_TEMPLATE_DIR: '$W/tpl',
      GIT_TRACE: '$W/pwned',
      GIT_TRACE2_EVENT: '$W/pwned',
      GIT_TRACE_SETUP: '$W/pwned',
      GIT_EXTERNAL_DIFF: '$W/evil',
      GIT_ASKPASS: '$W/evil',
      GIT_EDITOR: '$W/evil',
      GIT_PAGER: '$W/evil',
      GIT_PROXY_COMMAND: '$W/evil',
      GIT_NAMESPACE: 'elsewhere',
      GIT_CEILING_DIRECTORIES: '$W',
      GIT_REPLACE_REF_BASE: 'refs/heads/',
      GIT_SHALLOW_FILE: '$W/pwned',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_ICASE_PATHSPECS: '1',
    },
    untouched: 'pwned',
  },
  {
    name: 'git by way of a link',
    heavy: true,
    make: 'mv .git "$W/real.git"; ln -s "$W/real.git" .git',
  },
  {
    name: 'a hundred thousand entries in a folder',
    make: `b=$(git hash-object -w a.txt); t=$(python3 -c "
for i in range(100000): print('100644 blob $b\\tf%06d' % i)" | git mktree); t=$(printf '040000 tree %s\\tmany\\n100644 blob %s\\ta.txt\\n' "$t" "$b" | git mktree); git update-ref HEAD $(git commit-tree -p HEAD -m many "$t"); git reset -q --hard`,
    heavy: true,
  },
];

/** What nobody can work with. */
const REFUSED: readonly Shape[] = [
  { name: 'no commit yet', make: 'rm -rf .git; git init -q', refused: /no commit yet/u },
  {
    name: 'a branch that has none yet',
    make: 'git symbolic-ref HEAD refs/heads/unborn',
    refused: /no commit yet/u,
  },
  { name: 'a bare repository', make: 'git config core.bare true', refused: /bare repository/u },
  {
    name: 'a HEAD that leads out of refs',
    make: 'echo "ref: ../../outside" > .git/HEAD',
    refused: /is no repository|not in a git repository/u,
  },
  {
    name: 'an empty HEAD',
    make: ': > .git/HEAD',
    refused: /is no repository|not in a git repository|no commit/u,
  },
  {
    name: 'an index that is a pipe',
    make: 'rm .git/index; mkfifo .git/index',
    refused: /index is no file/u,
  },
  {
    name: 'a HEAD that is a pipe',
    make: 'rm .git/HEAD; mkfifo .git/HEAD',
    refused: /HEAD is no file/u,
  },
  {
    name: 'a .git that is a file and leads to itself',
    make: 'mv .git "$W/away"; echo "gitdir: .git" > .git',
    refused: /not a git repository|not in a git repository|gitfile/iu,
  },
  {
    name: 'a .git that is a pipe',
    make: 'mv .git "$W/away"; mkfifo .git',
    refused: /not a git repository|not in a git repository|gitfile|pipe/iu,
  },
  {
    name: 'a configuration that git cannot read',
    make: 'printf "[core\\nx" > .git/config',
    refused: /config/u,
  },
  {
    name: 'a configuration that includes a pipe',
    heavy: true,
    make: 'mkfifo "$W/inc"; git config include.path "$W/inc"',
    refused: /pipe/u,
  },
  {
    name: 'extensions that nobody knows',
    make: 'git config core.repositoryformatversion 1; git config extensions.madeUp true',
    refused: /extension/u,
  },
  {
    name: 'packed refs that are no refs',
    make: 'printf "junk\\n" > .git/packed-refs',
    refused: /packed-refs/u,
  },
  {
    name: 'a commit whose tree is gone',
    make: 't=$(git rev-parse "HEAD^{tree}"); rm -f .git/objects/${t%${t#??}}/${t#??}',
    refused: /missing|fsck|bad object|unable to read|not a tree|tree/iu,
  },
  {
    name: 'a file whose content is gone',
    make: 't=$(git rev-parse HEAD:a.txt); rm -f .git/objects/${t%${t#??}}/${t#??}',
    refused: /missing|fsck|bad object|unable to read/iu,
  },
  {
    name: 'objects that are empty files',
    make: 'for f in $(find .git/objects -type f -path "*/??/*"); do chmod +w $f; : > $f; done',
    refused: /cannot be read[^]*git fsck/iu,
  },
  {
    name: 'logs that are a link to elsewhere',
    make: 'rm .git/logs/HEAD; ln -s "$W/pwned" .git/logs/HEAD',
    refused: /logs\/HEAD is a link/u,
    untouched: 'pwned',
  },
  {
    name: 'branches of runs that would lie elsewhere',
    make: 'mkdir "$W/pwned"; ln -s "$W/pwned" .git/refs/heads/SHOP-1',
    refused: /SHOP-1 is a link/u,
  },
  {
    name: 'an alternates file that is a pipe',
    make: 'mkdir -p .git/objects/info; rm -f .git/objects/info/alternates; mkfifo .git/objects/info/alternates',
    refused: /alternates is no file/u,
  },
  {
    name: 'a repository of somebody else',
    make: 'chown -R 12345 .',
    refused: /belongs to another user/u,
    byRoot: true,
  },
];

/** All of them. */
export const SHAPES: readonly Shape[] = [...FINE, ...REFUSED];
