/** Several chat platforms as one: each handle and each person goes to the adapter of its platform. */
import type { Platform } from '../domain/person.ts';
import type { ChatDelivery, ChatDirectory } from '../ports/chat.ts';

export type ChatPlatform = { readonly delivery: ChatDelivery; readonly directory: ChatDirectory };
/** Those that are configured. */
export type Platforms = { readonly [platform in Platform]?: ChatPlatform };

export function deliveryOf(platforms: Platforms): ChatDelivery {
  const gone = (platform: Platform) =>
    ({ result: 'gone', reason: `${platform} is not configured`, touches: 'platform' }) as const;
  return {
    send: async (handle, reply) =>
      (await platforms[handle.platform]?.delivery.send(handle, reply)) ?? gone(handle.platform),
    post: async (to, reply, ...rest) =>
      (await platforms[to.platform]?.delivery.post(to, reply, ...rest)) ?? gone(to.platform),
    openForm: async (opener, form) => await platforms[opener.platform]?.delivery.openForm(opener, form),
    fillForm: async (opened, form) =>
      (await platforms[opened.platform]?.delivery.fillForm(opened, form)) ?? false,
  };
}

export function directoryOf(platforms: Platforms): ChatDirectory {
  return {
    person: async (person) => await platforms[person.platform]?.directory.person(person),
    conversation: async (at) => await platforms[at.platform]?.directory.conversation(at),
    guests: async (at) => {
      const directory = platforms[at.platform]?.directory;
      // A platform that tells of no guests has none beside those that make a conversation external.
      return directory?.guests ? await directory.guests(at) : false;
    },
  };
}
