import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** The network between the browsers and the server, which a test can cut. */
export class Wire {
  private cut: 'nothing' | 'sockets' | 'everything' = 'nothing';
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

  /** Loses the live sockets and refuses new ones; pages still load. */
  cutSockets(): void {
    this.cut = 'sockets';
    this.lose((line) => line.isSocket);
  }

  /** Loses every connection and refuses new ones. */
  cutEverything(): void {
    this.cut = 'everything';
    this.lose(() => true);
  }

  mend(): void {
    this.cut = 'nothing';
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
      const isSocket = first.toString('latin1').startsWith('GET /api/v1/socket');
      if (this.cut === 'everything' || (this.cut === 'sockets' && isSocket)) {
        browser.destroy();
        return;
      }
      const server = connect(this.target, '127.0.0.1');
      const line: Line = {
        isSocket,
        drop: () => {
          this.lines.delete(line);
          browser.destroy();
          server.destroy();
        },
      };
      this.lines.add(line);
      for (const end of [browser, server]) end.on('error', line.drop).on('close', line.drop);
      server.write(first);
      browser.pipe(server).pipe(browser);
    });
  }
}

interface Line {
  isSocket: boolean;
  drop: () => void;
}
