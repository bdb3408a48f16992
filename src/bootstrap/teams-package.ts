/** The package that is uploaded to Teams: the manifest, made from the grammar, and the icons. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { teamsManifest } from '../../adapters/teams/manifest.ts';
import { commands } from '../app/commands/registry.ts';

export type PackageOptions = { readonly appId: string; readonly website: string; readonly version: string };

/** Words that Teams offers beside the message box. */
export function teamsPackageManifest(options: PackageOptions) {
  const offered = commands
    .filter(({ hidden }) => !hidden)
    .map(({ name, summary }) => ({ title: name, description: summary }));
  // Whoever is lost finds it first.
  const help = offered.filter(({ title }) => title === 'help');
  const others = offered.filter(({ title }) => title !== 'help');
  return teamsManifest({ ...options, commands: [...help, ...others] });
}

const icons = path.join(import.meta.dirname, '../../adapters/teams/icons');
/** The first moment that the format knows: the same files make the same archive. */
const mtime = '1980-01-01T12:00:00';

export function teamsPackage(options: PackageOptions): Buffer {
  const files = {
    'manifest.json': strToU8(`${JSON.stringify(teamsPackageManifest(options), undefined, 2)}\n`),
    'color.png': readFileSync(path.join(icons, 'color.png')),
    'outline.png': readFileSync(path.join(icons, 'outline.png')),
  };
  return Buffer.from(zipSync(files, { level: 0, mtime }));
}
