import { test as base, expect, type BrowserContextOptions } from '@playwright/test';
import { Complaints } from './console';
import { Desk } from './desk';
import { People, type Person, type Who } from './people';
import { Server } from './server';

export { expect };

interface Fixtures {
  /** Settings of the server, as environment variables. */
  settings: Record<string, string>;
  server: Server;
  people: People;
  complaints: Complaints;
  /** A browser of its own in which somebody is signed in, showing a page. */
  signedIn: (who: Who | Person, path?: string, options?: BrowserContextOptions) => Promise<Desk>;
  /** A browser of its own in which nobody is signed in, showing a page. */
  stranger: (path: string, options?: BrowserContextOptions) => Promise<Desk>;
}

export const test = base.extend<Fixtures>({
  settings: [{}, { option: true }],

  server: async ({ settings }, use, info) => {
    const server = await Server.start(settings);
    await use(server);
    expect([0, null], 'the server ends cleanly when asked to').toContain(await server.stop());
    if (info.status !== info.expectedStatus) await info.attach('server log', { body: server.log() });
  },

  people: async ({ server }, use) => {
    const people = new People(server);
    await use(people);
    await people.leave();
  },

  complaints: async ({}, use) => {
    const complaints = new Complaints();
    await use(complaints);
    expect(complaints.unannounced(), 'pages log no errors').toEqual([]);
  },

  stranger: async ({ browser, server, complaints }, use) => {
    const desks: Desk[] = [];
    await use(async (path, options) => {
      const context = await browser.newContext({ baseURL: server.url, ...options });
      complaints.listen(context, `browser ${desks.length + 1}`);
      const desk = await Desk.open(context, path);
      desks.push(desk);
      return desk;
    });
    for (const desk of desks) await desk.close();
  },

  signedIn: async ({ stranger, people }, use) => {
    await use(async (who, path = '/', options) => {
      const person = typeof who === 'string' ? await people.get(who) : who;
      const desk = await stranger(path, { storageState: await person.api.storageState(), ...options });
      if (options?.javaScriptEnabled !== false) await desk.live();
      return desk;
    });
  },
});
