import type { People } from './people';
import type { Server } from './server';

export interface Screens {
  /** For a signed-in person. */
  inside: string[];
  /** Without a connection. */
  outside: string[];
}

/** Every screen, with something on it. */
export async function furnish(server: Server, people: People): Promise<Screens> {
  const setUp = server.setUpPath;
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const client = await ana.addClient('Harbour Clinic', 'HC-12', 'Prefers to be called after four.');
  const thread = await ana.threadWith(ben, client);
  await ana.say(thread, 'Good morning!');
  await ben.say(thread, 'Good morning. What is new?');
  await ana.threadWith(chidi);
  await chidi.say(await chidi.threadWith(ana), 'A word, when you have time.');
  const group = await ana.groupWith([ben, chidi], 'Night shift', 'all');
  await ben.say(group, 'Who has the keys?');
  return {
    inside: ['/', `/threads/${thread}`, `/threads/${group}`, `/threads/${group}/group`, '/groups/new', '/people', '/clients', `/clients/${client}`, '/settings', '/admin'],
    outside: ['/sign-in', await ana.invite(), setUp, '/register', '/nowhere'],
  };
}
