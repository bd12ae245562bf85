import { expect, type BrowserContext, type Locator, type Page, type Request } from '@playwright/test';

/** One tab of Tidings, in the words of the product. */
export class Desk {
  readonly threads: Locator;
  readonly messages: Locator;
  readonly field: Locator;
  readonly send: Locator;
  readonly typing: Locator;
  readonly banner: Locator;

  /** Over what beats came last, while that is open. */
  private beating: 'socket' | 'long-poll' | undefined;
  /** How many documents the page has asked for: what the one before still says means nothing for this one. */
  private documents = 0;
  private readonly askedBy = new WeakMap<Request, number>();
  /** Sockets that the page has tried to open. */
  socketsTried = 0;
  /** When the page first tried to connect, and when it was first live, in milliseconds. */
  firstTry = 0;
  firstLive = 0;

  private constructor(readonly page: Page) {
    this.threads = page.getByRole('navigation', { name: 'Threads' });
    this.messages = page.getByRole('log', { name: 'Messages' });
    this.field = page.getByRole('textbox', { name: 'Message' });
    this.send = page.getByRole('button', { name: 'Send' });
    this.typing = page.getByRole('status').filter({ hasText: /typing/ });
    this.banner = page.getByRole('status').filter({ hasText: /Reconnecting to server|Back online/ });
    // A beat follows the last missed event, so a tab that has had one shows everything and takes what is typed.
    page.on('request', (request) => {
      if (request.isNavigationRequest() && request.frame() === page.mainFrame()) {
        this.documents += 1;
        this.beating = undefined;
      }
      this.askedBy.set(request, this.documents);
    });
    page.on('websocket', (socket) => {
      this.socketsTried += 1;
      this.firstTry ||= Date.now();
      let beats = false;
      const document = this.documents;
      socket.on('framereceived', ({ payload }) => {
        if (document === this.documents && payload.includes('"type":"beat"')) {
          beats = true;
          this.beats('socket');
        }
      });
      socket.on('close', () => {
        if (beats && document === this.documents && this.beating === 'socket') this.beating = undefined;
      });
    });
    page.on('response', async (response) => {
      if (!isPoll(response.request())) return;
      // A page that is left takes its answers with it.
      const answer = await response.text().catch(() => '');
      const isOfThis = this.askedBy.get(response.request()) === this.documents;
      if (isOfThis && answer.includes('"type":"beat"')) this.beats('long-poll');
    });
    page.on('requestfailed', (request) => {
      if (isPoll(request) && this.beating === 'long-poll') this.beating = undefined;
    });
  }

  private beats(over: 'socket' | 'long-poll'): void {
    this.beating = over;
    this.firstLive ||= Date.now();
  }

  static async open(context: BrowserContext, path: string): Promise<Desk> {
    const desk = new Desk(await context.newPage());
    await desk.page.goto(path);
    return desk;
  }

  /** Another tab of the same browser. */
  async newTab(path: string): Promise<Desk> {
    const desk = await Desk.open(this.page.context(), path);
    await desk.live();
    return desk;
  }

  /** Waits until events flow. */
  async live(): Promise<void> {
    await expect.poll(() => this.beating, { message: 'events flow', timeout: 60_000 }).toBeDefined();
  }

  /** Waits until events flow this way. */
  async liveOver(transport: 'socket' | 'long-poll'): Promise<void> {
    await expect.poll(() => this.beating, { message: `events flow over ${transport}`, timeout: 60_000 }).toBe(transport);
  }

  /** What the panel in the settings says of the connection. */
  fact(name: string): Locator {
    return this.page.getByRole('region', { name: 'Connection' }).locator('div').filter({ hasText: name }).getByRole('definition');
  }

  /** Waits until the page has its program. */
  async hydrated(): Promise<void> {
    await expect(this.page.locator('html[data-hydrated]')).toBeAttached({ timeout: 60_000 });
  }

  /** The row of a thread, by the name of the other member. */
  row(name: string): Locator {
    return this.threads.getByRole('listitem').filter({ hasText: name });
  }

  /** The dot that says whether the other member of a thread is here; its text is the word for it. */
  presence(name: string): Locator {
    return this.row(name).locator('.presence');
  }

  /** The count of unread messages in a thread's row. */
  unread(name: string): Locator {
    return this.row(name).getByText(/^\d+\+? unread$/);
  }

  /** How far one's own message has got. */
  progress(text: string): Locator {
    return this.messages.getByRole('article').filter({ hasText: text }).getByRole('img');
  }

  /** A message by its text. */
  message(text: string): Locator {
    return this.messages.getByText(text, { exact: true });
  }

  async say(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press('Enter');
  }

  async signOut(): Promise<void> {
    await this.page.goto('/settings');
    await this.live();
    await this.page.getByRole('button', { name: 'Sign out', exact: true }).click();
    await expect(this.page).toHaveURL(/\/sign-in/);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

function isPoll(request: Request): boolean {
  return new URL(request.url()).pathname === '/api/v1/poll';
}
