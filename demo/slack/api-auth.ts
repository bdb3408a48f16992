import type { ApiMethod } from './api-call.ts';
import { BOT_ID, BOT_USER, TEAM } from './directory.ts';

/** api.test, auth.test and apps.connections.open. */
export const AUTH_METHODS: Readonly<Record<string, ApiMethod>> = {
  'api.test': (call) => {
    const { error, token: _token, ...args } = call.args;
    return typeof error === 'string' && error !== '' ? { ok: false, error, args } : { ok: true, args };
  },
  'auth.test': (call) => ({
    ok: true,
    url: `${call.url}/`,
    team: TEAM.name,
    user: 'cwsync',
    team_id: TEAM.id,
    user_id: BOT_USER,
    bot_id: BOT_ID,
    is_enterprise_install: false,
  }),
  'apps.connections.open': (call) => ({ ok: true, url: call.newSocketAddress() }),
};
