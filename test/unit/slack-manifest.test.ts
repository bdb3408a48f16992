import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { methodScopes } from '../../adapters/slack/api.ts';
import { listenedEvents } from '../../adapters/slack/listeners.ts';
import { missingScopes, neededScopes, slackManifest } from '../../adapters/slack/manifest.ts';

const folder = new URL('../../adapters/slack/', import.meta.url);
const source = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  .join('\n');

const found = (pattern: RegExp): string[] =>
  [...new Set([...source.matchAll(pattern)].map((match) => String(match[1])))].sort();

describe('the manifest asks for what the code uses, and for nothing else', () => {
  test('every method that is called stands in the table, and every one of the table is called', () => {
    const called = found(
      /\bclient\s*\.\s*((?:auth|chat|conversations|files|users|views|apps|team|reactions)\s*\.\s*\w+)\s*\(/gu,
    );
    expect(called).toEqual(Object.keys(methodScopes).sort());
  });

  test('events that are listened to', () => {
    const listened = found(/app\.event\('(\w+)'/gu);
    const asked = slackManifest().settings.event_subscriptions.bot_events;
    expect(asked.map((event) => event.split('.')[0]).sort()).toEqual(listened);
    expect(asked).toEqual([...listenedEvents]);
  });

  test('the least scopes, as the design lists them', () => {
    expect(neededScopes()).toEqual(
      [
        'commands',
        'chat:write',
        'im:write',
        'im:history',
        'app_mentions:read',
        'users:read',
        'users:read.email',
        'channels:read',
        'groups:read',
        'channels:history',
        'groups:history',
        'files:write',
      ].sort(),
    );
    expect(slackManifest().oauth_config.scopes.bot).toEqual(neededScopes());
  });

  test('every slash command that is listened to', () => {
    expect(found(/app\.command\((\w+),/gu)).toEqual(['slashCommand']);
    expect(slackManifest().features.slash_commands.map(({ command }) => command)).toEqual(['/cwsync']);
  });
});

test('without an address: Socket Mode, and no address anywhere', () => {
  const manifest = slackManifest();
  expect(manifest.settings).toMatchObject({
    socket_mode_enabled: true,
    interactivity: { is_enabled: true },
    org_deploy_enabled: false,
  });
  expect(manifest.features.app_home).toMatchObject({ home_tab_enabled: true, messages_tab_enabled: true });
  expect(manifest.features.app_home.messages_tab_read_only_enabled).toBe(false);
  expect(manifest.features.slash_commands[0]).toMatchObject({ should_escape: true });
  expect(JSON.stringify(manifest)).not.toMatch(/https?:/u);
});

test('with an address: Slack calls it for everything', () => {
  const manifest = slackManifest('https://cwsync.example/some/where');
  const url = 'https://cwsync.example/slack/events';
  expect(manifest.settings).toMatchObject({
    socket_mode_enabled: false,
    interactivity: { request_url: url, message_menu_options_url: url },
    event_subscriptions: { request_url: url },
  });
  expect(manifest.features.slash_commands[0]).toMatchObject({ url });
});

test('what a token lacks', () => {
  expect(missingScopes(undefined)).toEqual([]);
  expect(missingScopes(neededScopes())).toEqual([]);
  expect(missingScopes(neededScopes().filter((scope) => scope !== 'files:write'))).toEqual(['files:write']);
});
