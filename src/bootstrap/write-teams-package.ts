/** `npm run teams:package`: writes cwsync-teams.zip for the app that the environment names. */
import { readFile, writeFile } from 'node:fs/promises';
import { readConfig } from '../config.ts';
import { teamsPackage } from './teams-package.ts';

const fileName = 'cwsync-teams.zip';

const read = readConfig(process.env);
const teams = read.ok ? read.config.teams : undefined;
if (!read.ok) {
  process.stderr.write(
    `The configuration is not right:\n${read.faults.map((line) => `  - ${line}`).join('\n')}\n`,
  );
  process.exitCode = 1;
} else if (!teams || 'anonymous' in teams) {
  process.stderr.write(
    'Set TEAMS_APP_ID, TEAMS_APP_PASSWORD and TEAMS_TENANT_ID first: docs/teams.md says where they are.\n',
  );
  process.exitCode = 1;
} else {
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const website = read.config.publicUrl ?? 'https://github.com/';
  await writeFile(fileName, teamsPackage({ appId: teams.appId, website, version }));
  process.stdout.write(
    `${fileName} is written. Upload it in Teams: Apps, Manage your apps, Upload an app.\n`,
  );
}
