import { type ApiAnswer, type ApiCall, type ApiMethod, apiError, textArg } from './api-call.ts';
import { APP_ID, BOT_ID, PEOPLE, type Person, personById, TEAM } from './directory.ts';

/** users.info, users.lookupByEmail and team.info. */
export const USER_METHODS: Readonly<Record<string, ApiMethod>> = {
  'users.info': (call) => userAnswer(call, personById(textArg(call, 'user')), 'user_not_found'),
  'users.lookupByEmail': lookupByEmail,
  'team.info': () => ({
    ok: true,
    team: { ...TEAM, email_domain: 'example.com', icon: { image_default: true } },
  }),
};

function lookupByEmail(call: ApiCall): ApiAnswer {
  const email = textArg(call, 'email').toLowerCase();
  const person = PEOPLE.find((other) => other.email !== '' && other.email === email);
  return userAnswer(call, person, 'users_not_found');
}

function userAnswer(call: ApiCall, person: Person | undefined, error: string): ApiAnswer {
  return person ? { ok: true, user: userJson(person, call.clock()) } : apiError(error);
}

function userJson(person: Person, now: Date): Record<string, unknown> {
  return {
    id: person.id,
    team_id: TEAM.id,
    name: person.name,
    deleted: false,
    real_name: person.realName,
    tz: person.tz,
    tz_label: person.tz,
    tz_offset: offsetSeconds(person.tz, now),
    profile: {
      real_name: person.realName,
      real_name_normalized: person.realName,
      display_name: person.name,
      display_name_normalized: person.name,
      ...(person.email !== '' && { email: person.email }),
      ...(person.isBot && { api_app_id: APP_ID, bot_id: BOT_ID }),
      team: TEAM.id,
    },
    is_admin: person.isAdmin,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: false,
    is_ultra_restricted: false,
    is_bot: person.isBot,
    is_app_user: false,
    updated: 0,
  };
}

/** Seconds that the zone is ahead of UTC at that moment. */
function offsetSeconds(tz: string, at: Date): number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: tz, timeZoneName: 'longOffset' });
  const name = format.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? '';
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name);
  if (!match) return 0;
  const seconds = (Number(match[2]) * 60 + Number(match[3])) * 60;
  return match[1] === '-' ? -seconds : seconds;
}
