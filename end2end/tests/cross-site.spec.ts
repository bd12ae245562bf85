import { Elsewhere } from '../support/elsewhere';
import { expect, test } from '../support/test';

/** What a page tries with somebody's cookies: what came of it, by the name of the attempt. */
async function attack([target, thread]: [string, string]): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  // A frame that is refused may say nothing at all.
  const silence = () => new Promise<string>((done) => setTimeout(() => done('failed'), 3000));
  const tried = async (name: string, attempt: () => Promise<string>) => {
    outcomes[name] = await Promise.race([attempt(), silence()]).catch(() => 'failed');
  };
  const body = JSON.stringify({ local_id: crypto.randomUUID(), body: 'Not by me.' });
  const credentials = 'include' as const;
  const read = async (path: string, options: RequestInit = {}) => {
    const response = await fetch(target + path, { credentials, ...options });
    return `${response.type} ${response.status} ${await response.text()}`;
  };
  await tried('reading', () => read('/api/v1/me'));
  await tried('reading a page', () => read('/'));
  await tried('sending', () => read(`/api/v1/threads/${thread}/messages`, { method: 'POST', body }));
  await tried('sending as JSON', () =>
    read(`/api/v1/threads/${thread}/messages`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    }),
  );
  await tried('sending blindly', () =>
    read(`/api/v1/threads/${thread}/messages`, {
      method: 'POST',
      mode: 'no-cors',
      body: new Blob([body], { type: 'text/plain' }),
    }),
  );
  await tried('renaming', () => read('/api/v1/me/name', { method: 'PUT', body: '{"display_name":"Eve"}' }));
  await tried('signing out', () => read('/api/fn/sign_out', { method: 'POST', mode: 'no-cors' }));
  await tried('a beacon', async () => {
    navigator.sendBeacon(`${target}/api/v1/auth/sign-out`);
    return 'failed';
  });
  for (const protocols of [['tidings.v1'], []]) {
    await tried(`a socket with ${protocols.length} protocols`, () => {
      const socket = new WebSocket(`${target.replace('http', 'ws')}/api/v1/socket`, protocols);
      return new Promise((done) => {
        socket.onopen = () => done('opened');
        socket.onerror = () => done('failed');
      });
    });
  }
  await tried('an event source', () => {
    const source = new EventSource(`${target}/api/v1/snapshot`, { withCredentials: true });
    return new Promise((done) => {
      source.onopen = () => done('opened');
      source.onerror = () => done('failed');
    });
  });
  await tried('a script', () => {
    const script = document.createElement('script');
    script.src = `${target}/api/v1/me`;
    return new Promise((done) => {
      script.onload = () => done('loaded');
      script.onerror = () => done('failed');
      document.body.append(script);
    });
  });
  for (const path of ['/api/fn/sign_out', '/api/v1/me/sign-out-everywhere', `/api/v1/threads/${thread}/messages`]) {
    await tried(`a form to ${path}`, () => {
      const form = Object.assign(document.createElement('form'), {
        action: target + path,
        method: 'post',
        target: 'hidden',
      });
      document.body.append(form);
      const frame = document.querySelector('iframe')!;
      return new Promise((done) => {
        frame.onload = () => done('failed');
        form.submit();
      });
    });
  }
  await tried('a frame', () => {
    const frame = Object.assign(document.createElement('iframe'), { src: `${target}/` });
    return new Promise((done) => {
      // A frame that was refused loads an error, which tells the page nothing and holds no window of ours.
      frame.onload = () => done(frame.contentDocument === null ? 'failed' : 'framed');
      document.body.append(frame);
    });
  });
  return outcomes;
}

for (const [what, host] of [
  ['another origin of the same site, to which browsers send cookies along', 'localhost'],
  ['another site', '127.0.0.1'],
  ['a name that ends like ours', 'evil.localhost'],
] as const) {
  test(`a page of ${what} can do nothing in somebody's name`, async ({ people, server, browser, signedIn, complaints }) => {
    // Each attempt is refused, and the page that made it complains.
    complaints.expect(/.*/);
    const [ana, ben] = [await people.get('ana'), await people.get('ben')];
    const thread = await ana.threadWith(ben);
    await ben.say(thread, 'Good morning.');
    const desk = await signedIn(ana, `/threads/${thread}`);
    const cookies = await desk.page.context().cookies(server.url);
    expect(cookies.map((cookie) => cookie.name)).toContain('tidings_access');

    const elsewhere = await Elsewhere.open();
    const context = await browser.newContext({ storageState: await ana.api.storageState() });
    const page = await context.newPage();
    for (const path of ['', 'nowhere']) {
      await page.goto(elsewhere.at(host) + path);
      expect(await page.evaluate(() => self.origin)).toBe(path === '' ? elsewhere.at(host).slice(0, -1) : 'null');
      refused(await page.evaluate(attack, [server.url, thread] as [string, string]));
    }
    await context.close();
    await elsewhere.close();

    const said = (await (await ana.api.get(`/api/v1/threads/${thread}/messages`)).json()) as { messages: unknown[] };
    expect(said.messages, 'nothing was sent, and Ana is still signed in').toHaveLength(1);
    const me = (await (await ana.api.get('/api/v1/me')).json()) as { display_name: string };
    expect(me.display_name).toBe(ana.name);
    await ben.say(thread, 'Are you still there?');
    await expect(desk.message('Are you still there?')).toBeVisible();
  });
}

function refused(outcomes: Record<string, string>): void {
  for (const [name, outcome] of Object.entries(outcomes)) {
    // An opaque answer says nothing, not even whether it was a refusal; what it did is looked at afterwards.
    expect(outcome, name).toMatch(/^(failed$|opaque 0 $)/);
  }
  expect(Object.keys(outcomes).length).toBeGreaterThan(10);
}
