import { expect, test } from 'vitest';
import { dispatch } from '../../src/app/commands/dispatch.ts';
import { rolesInTerminal } from '../../src/bootstrap/terminal-person.ts';
import { actionsOf, commandRig, wordsOf } from '../support/command-rig.ts';
import { FakeApiTokens } from '../support/fake-api-tokens.ts';

test('a token is made in a terminal and shown once, listed and revoked anywhere, and audited without itself', async () => {
  const apiTokens = new FakeApiTokens();
  const rig = commandRig([], { apiTokens });
  const deps = { ...rig.deps, roles: rolesInTerminal(rig.deps.roles) };
  const inTerminal = async (text: string) => {
    const person = { platform: 'terminal', tenant: 'box', userId: 'ann', name: 'ann' } as const;
    const handle = { platform: 'terminal' } as const;
    return wordsOf(
      (await dispatch(deps, { id: text, person, text, handle, place: { kind: 'direct' } })).reply,
    );
  };

  expect(wordsOf(await rig.say('token create wiki --role viewer', 'admin'))).toContain(
    'npx cwsync token create wiki --role viewer',
  );
  expect(wordsOf(await rig.say('tokens', 'admin'))).toContain('No token opens the HTTP API.');
  expect(wordsOf(await rig.say('tokens', 'operator'))).toContain('admin');
  for (const wrong of [
    'token create wiki',
    'token create wiki --role boss',
    'token create .. --role admin',
    'token create',
    'token paint wiki',
    'token list all',
  ])
    expect(await inTerminal(wrong), wrong).not.toContain('is made');
  expect(apiTokens.tokens.size).toBe(0);

  expect(await inTerminal('token create wiki --role Viewer')).toMatch(
    /role viewer\..*shown this once:\ntoken of wiki\n/su,
  );
  expect(await inTerminal('token create wiki --role admin')).toContain('There is a token called wiki');
  const list = await rig.say('tokens', 'admin');
  expect(wordsOf(list)).toMatch(/wiki · viewer · made by ann on .*never used/u);
  expect(wordsOf(list)).not.toContain('token of wiki');
  expect(actionsOf(list)).toEqual([{ label: 'Revoke', command: 'token revoke wiki' }]);
  expect(wordsOf(await rig.say('token revoke wiki', 'admin'))).toContain('opens nothing any more');
  expect(wordsOf(await rig.say('token revoke wiki', 'admin'))).toContain('There is no token called “wiki”');
  expect(apiTokens.tokens.size).toBe(0);
  expect(rig.audited.map(({ target, before, after, outcome }) => [target, before, after, outcome])).toEqual([
    ['', undefined, undefined, 'refused: role operator'],
    ['token wiki', undefined, 'viewer', 'token made'],
    ['token wiki', undefined, undefined, 'refused: name taken'],
    ['token wiki', 'viewer', undefined, 'token revoked'],
  ]);
  expect(JSON.stringify(rig.audited)).not.toContain('token of');
});
