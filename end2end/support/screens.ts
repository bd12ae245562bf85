import type { Desk } from './desk';
import type { People } from './people';
import type { Server } from './server';

/** Every screen, with something on it. Gives the paths for somebody signed in, and for a stranger. */
export async function furnish(server: Server, people: People): Promise<{ inside: string[]; outside: string[] }> {
  const setUp = server.setUpPath;
  const [ana, ben, chidi] = [await people.get('ana'), await people.get('ben'), await people.get('chidi')];
  const client = await ana.addClient('Harbour Clinic', 'HC-12', 'Prefers to be called after four.');
  const thread = await ana.threadWith(ben, client);
  await ana.say(thread, 'Good morning!');
  await ben.say(thread, 'Good morning. What is new?');
  await ana.threadWith(chidi);
  await chidi.say(await chidi.threadWith(ana), 'A word, when you have time.');
  return {
    inside: ['/', `/threads/${thread}`, '/people', '/clients', `/clients/${client}`, '/settings', '/admin', '/nowhere'],
    outside: ['/sign-in', await ana.invite(), setUp, '/register'],
  };
}

/** The page's content as the person sees it, without what depends on the moment. */
export function visible(desk: Desk): Promise<string> {
  return desk.page.locator('body').innerText();
}
