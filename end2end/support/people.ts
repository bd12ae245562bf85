import { randomUUID } from 'node:crypto';
import { request, type APIRequestContext, type APIResponse } from '@playwright/test';
import type { Server } from './server';

export const PASSWORD = 'correct horse battery';
export const DEMO_PASSWORD = 'tidings-demo';

/** Everyone the tests know; ana is the owner of the place. */
const NAMES = {
  ana: 'Ana Torres',
  ben: 'Ben Okafor',
  chidi: 'Chidi Eze',
  dara: 'Dara Lindqvist',
} as const;

export type Who = keyof typeof NAMES;
export type Role = 'staff' | 'admin' | 'owner';

/** An account, and its way to the HTTP API. */
export class Person {
  private constructor(
    readonly username: string,
    readonly name: string,
    readonly id: string,
    readonly api: APIRequestContext,
  ) {}

  /** Makes an account with a link of the given path. */
  static async enter(server: Server, path: string, username: string, name: string): Promise<Person> {
    const [, door, token] = path.split('/');
    const api = await outside(server);
    const form = { token: token ?? '', username, display_name: name, password: PASSWORD };
    await accepted(await api.post(`/api/fn/${door === 'join' ? 'join' : 'set_up'}`, { form }));
    return Person.known(api, username, name);
  }

  /** Signs in on one more device. */
  static async signIn(server: Server, username: string, name: string, password = PASSWORD): Promise<Person> {
    const api = await outside(server);
    await accepted(await api.post('/api/fn/sign_in', { form: { username, password } }));
    return Person.known(api, username, name);
  }

  private static async known(api: APIRequestContext, username: string, name: string): Promise<Person> {
    const me = (await json(await api.get('/api/v1/me'))) as { id: string };
    return new Person(username, name, me.id, api);
  }

  /** A link that makes one account of this role; its path. */
  async invite(role: Role = 'staff'): Promise<string> {
    const invite = (await json(await this.api.post('/api/v1/invites', { data: { role } }))) as { link: string };
    return new URL(invite.link).pathname;
  }

  /** The thread with another person; its id. */
  async threadWith(other: Person, client?: string): Promise<string> {
    const data = { with: other.id, ...(client === undefined ? {} : { client }) };
    const view = (await json(await this.api.post('/api/v1/threads', { data }))) as { thread: { id: string } };
    return view.thread.id;
  }

  /** A new group with others; its id. */
  async groupWith(others: Person[], title: string, history: 'from_joining' | 'all' = 'from_joining'): Promise<string> {
    const data = { thread: randomUUID(), title, members: others.map(({ id }) => id), history };
    return ((await json(await this.api.post('/api/v1/groups', { data }))) as { thread: { id: string } }).thread.id;
  }

  /** Brings somebody into a group. */
  async add(thread: string, other: Person): Promise<void> {
    await accepted(await this.api.post(`/api/v1/threads/${thread}/members`, { data: { users: [other.id] } }));
  }

  /** Takes somebody out of a group. */
  async remove(thread: string, other: Person): Promise<void> {
    await accepted(await this.api.delete(`/api/v1/threads/${thread}/members/${other.id}`));
  }

  /** Says something over the HTTP API, perhaps in answer to the message at a place. */
  async say(thread: string, body: string, replyTo?: number): Promise<void> {
    const data = { local_id: randomUUID(), body, ...(replyTo === undefined ? {} : { reply_to: replyTo }) };
    await accepted(await this.api.post(`/api/v1/threads/${thread}/messages`, { data }));
  }

  /** Changes the name that others see. */
  async rename(name: string): Promise<void> {
    await accepted(await this.api.put('/api/v1/me/name', { data: { display_name: name } }));
  }

  /** Adds a client record; its id. */
  async addClient(name: string, reference = '', note = ''): Promise<string> {
    const data = { client: randomUUID(), name, reference, note };
    return ((await json(await this.api.post('/api/v1/clients', { data }))) as { id: string }).id;
  }
}

/** The people of one server, made when first asked for. */
export class People {
  private readonly known = new Map<Who, Promise<Person>>();

  constructor(private readonly server: Server) {}

  get(who: Who): Promise<Person> {
    let person = this.known.get(who);
    if (person === undefined) {
      person = this.make(who);
      this.known.set(who, person);
    }
    return person;
  }

  async leave(): Promise<void> {
    for (const person of this.known.values()) await (await person).api.dispose();
  }

  private async make(who: Who): Promise<Person> {
    const path = who === 'ana' ? this.server.setUpPath : await (await this.get('ana')).invite();
    return Person.enter(this.server, path, who, NAMES[who]);
  }
}

/** The HTTP API as a page of the server would call it. */
function outside(server: Server): Promise<APIRequestContext> {
  return request.newContext({
    baseURL: server.url,
    extraHTTPHeaders: { origin: server.url, accept: 'application/json' },
  });
}

async function accepted(response: APIResponse): Promise<APIResponse> {
  if (!response.ok()) throw new Error(`${response.url()} answered ${response.status()}: ${await response.text()}`);
  return response;
}

async function json(response: APIResponse): Promise<unknown> {
  return (await accepted(response)).json();
}
