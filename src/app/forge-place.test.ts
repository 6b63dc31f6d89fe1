import { expect, it } from 'vitest';

import { isApiOf, knownHost, readRemote } from './forge-place.ts';

it.each([
  ['https://github.com/acme/shop.git', 'github.com', true, 'acme/shop'],
  ['https://ada:secret@github.com/acme/shop', 'github.com', true, 'acme/shop'],
  ['git@github.com:acme/shop.git', 'github.com', false, 'acme/shop'],
  ['github.com:acme/shop', 'github.com', false, 'acme/shop'],
  ['ssh://git@git.example.com:2222/acme/shop.git/', 'git.example.com', false, 'acme/shop'],
  [
    'https://GitLab.example.com:8443/group/sub/shop.git',
    'gitlab.example.com:8443',
    true,
    'group/sub/shop',
  ],
])('reads %s', (url, host, http, repository) => {
  expect(readRemote(url)).toEqual({ host, http, repository });
});

it.each([
  '',
  '/srv/git/shop.git',
  '../shop',
  'file:///srv/git/acme/shop.git',
  'C:\\repos\\acme\\shop',
  'https://github.com/shop.git',
  'https://github.com//shop',
  'https://github.com/acme/../../x',
  'git@github.com:acme/../shop',
  'https://github.com\\@evil.example/acme/shop',
  'https://x@github.com@evil.example/acme/shop',
  'ext::sh -c touch% /tmp/x',
  '-oProxyCommand=x:acme/shop y',
])('takes no forge from "%s"', (url) => {
  expect(readRemote(url)).toBeNull();
});

it.each([
  ['github.com', 'github'],
  ['gitlab.com', 'gitlab'],
  ['gitlab.example.com', 'gitlab'],
  ['codeberg.org', 'forgejo'],
  ['gitea.example.com', 'gitea'],
  ['git.example.com', 'github'],
])('takes %s for %s', (host, kind) => {
  expect(knownHost(host, {}, null).kind).toBe(kind);
});

it.each([
  ['github.com', {}, null, false],
  ['acme.ghe.com', {}, null, false],
  ['evilghe.com', {}, null, true],
  ['gitlab.com', {}, null, false],
  ['codeberg.org', {}, 'gitea', false],
  ['git.example.com', {}, null, true],
  ['gitlab.example.com', {}, null, true],
  ['bitbucket.org', {}, null, true],
  ['constructor', {}, null, true],
  // A repository says what kind it is, but not that a token is for it.
  ['git.example.com', {}, 'gitlab', true],
  ['github.com', {}, 'gitlab', true],
  ['git.example.com', { 'git.example.com': 'gitlab' }, null, false],
  ['git.example.com:8443', { 'git.example.com': 'gitlab' }, null, true],
] as const)('of %s, with %o and %s, a guess is: %s', (host, own, wanted, isGuess) => {
  expect(knownHost(host, own, wanted).isGuess).toBe(isGuess);
});

it.each([
  ['https://git.example.com/api/v3', 'git.example.com', true],
  ['https://api.github.com', 'github.com', true],
  ['https://api.github.com', 'evil.example', false],
  ['https://git.example.com:8443/api', 'git.example.com', false],
])('that %s is the API of %s is: %s', (api, host, is) => {
  expect(isApiOf(api, host)).toBe(is);
});
