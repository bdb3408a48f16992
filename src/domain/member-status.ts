export type MemberStatus = 'active' | 'inactive';

/**
 * Whether a person counts as active (product.md, item q): with Sync User Status on, ConnectWise's word; with it
 * off, what an admin set here, else what was kept when the member was first seen.
 */
export function memberStatus(
  row: { readonly inactive: boolean; readonly statusHere?: MemberStatus },
  settings: { readonly syncUserStatus: boolean },
): MemberStatus {
  const kept = row.inactive ? 'inactive' : 'active';
  return settings.syncUserStatus ? kept : (row.statusHere ?? kept);
}
