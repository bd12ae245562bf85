import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What a network that blocks WebSockets does to a request for one. */
export type Blockage = 'strips Upgrade' | 'answers 200' | 'answers 400' | 'answers 403' | 'hangs' | 'cuts' | 'swallows frames';

const SOCKET = /^GET \/api\/v1\/socket/;
const POLL = /^POST \/api\/v1\/poll/;

/** The network between the browsers and the server, which a test can cut. */
export class Wire {
  private cut: 'nothing' | 'live' | 'everything' = 'nothing';
  private blockage: Blockage | undefined;
  private readonly lines = new Set<Line>();
  private readonly listener = createServer((browser) => this.answer(browser));

  /** The port of the server at its other end. */
  target = 0;

  private constructor() {}

  static async lay(): Promise<Wire> {
    const wire = new Wire();
    wire.listener.listen(0, '127.0.0.1');
    await once(wire.listener, 'listening');
    return wire;
  }

  /** Where browsers reach the server. */
  get url(): string {
    return `http://localhost:${(this.listener.address() as AddressInfo).port}`;
  }

  /** Loses the live connections, by socket and by long-poll, and refuses new ones; pages still load. */
  cutSockets(): void {
    this.cut = 'live';
    this.lose((line) => line.carries !== 'pages');
  }

  /** Loses every connection and refuses new ones. */
  cutEverything(): void {
    this.cut = 'everything';
    this.lose(() => true);
  }

  /** Loses the WebSockets and lets no new ones through; everything else passes. */
  block(blockage: Blockage): void {
    this.blockage = blockage;
    this.lose((line) => line.carries === 'socket');
  }

  mend(): void {
    this.cut = 'nothing';
    this.blockage = undefined;
  }

  async close(): Promise<void> {
    this.cutEverything();
    this.listener.close();
    await once(this.listener, 'close');
  }

  private lose(which: (line: Line) => boolean): void {
    for (const line of this.lines) if (which(line)) line.drop();
  }

  private answer(browser: Socket): void {
    // What kind of connection it is shows in the first request.
    browser.on('error', () => browser.destroy());
    browser.once('data', (first) => {
      const head = first.toString('latin1');
      const isSocket = SOCKET.test(head);
      if (this.cut === 'everything' || (this.cut === 'live' && (isSocket || POLL.test(head)))) {
        browser.destroy();
        return;
      }
      if (isSocket && this.blockage !== undefined) {
        this.answerBlocked(browser, head, this.blockage);
        return;
      }
      const { server, line } = this.pass(browser, isSocket ? 'socket' : 'pages');
      const forward = (bytes: Buffer) => {
        // A browser sends one request after the other on a line, and the newest says what the line is for.
        if (!isSocket && /^[A-Z]+ \//.test(bytes.toString('latin1', 0, 16))) {
          line.carries = POLL.test(bytes.toString('latin1', 0, 32)) ? 'polls' : 'pages';
          if (this.cut === 'live' && line.carries === 'polls') {
            line.drop();
            return;
          }
        }
        server.write(bytes);
      };
      forward(first);
      browser.on('data', forward);
      server.pipe(browser);
    });
  }

  private answerBlocked(browser: Socket, head: string, blockage: Blockage): void {
    const status = /^answers (\d+)/.exec(blockage)?.[1];
    if (status !== undefined) {
      const page = '<h1>This is not what you asked for</h1>';
      browser.end(`HTTP/1.1 ${status} Blocked\r\nContent-Type: text/html\r\nContent-Length: ${page.length}\r\nConnection: close\r\n\r\n${page}`);
      return;
    }
    if (blockage === 'hangs') {
      const line: Line = { carries: 'socket', drop: () => { this.lines.delete(line); browser.destroy(); } };
      this.lines.add(line);
      browser.on('close', line.drop);
      return;
    }
    const { server, line } = this.pass(browser, 'socket');
    if (blockage === 'strips Upgrade') {
      server.write(head.replace(/\r\n(Upgrade|Connection):[^\r]*/gi, ''), 'latin1');
      server.pipe(browser);
      return;
    }
    server.write(head, 'latin1');
    server.once('data', (upgraded) => {
      browser.write(upgraded);
      if (blockage === 'cuts') browser.end();
      else server.resume();
    });
    browser.on('end', line.drop);
  }

  private pass(browser: Socket, carries: Line['carries']): { server: Socket; line: Line } {
    const server = connect(this.target, '127.0.0.1');
    const line: Line = {
      carries,
      drop: () => {
        this.lines.delete(line);
        browser.destroy();
        server.destroy();
      },
    };
    this.lines.add(line);
    for (const end of [browser, server]) end.on('error', line.drop).on('close', line.drop);
    return { server, line };
  }
}

interface Line {
  carries: 'socket' | 'polls' | 'pages';
  drop: () => void;
}
