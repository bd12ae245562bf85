import { crc32, deflateSync } from 'node:zlib';

/** What Playwright puts into a chooser of files. */
export interface Chosen {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** A real PNG of one colour. */
export function png(name: string, width: number, height: number, rgb: [number, number, number]): Chosen {
  const line = Buffer.alloc(1 + width * 3);
  for (let x = 0; x < width; x += 1) line.set(rgb, 1 + x * 3);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => line)));
  const chunks = [chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))];
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return { name, mimeType: 'image/png', buffer: Buffer.concat([signature, ...chunks]) };
}

/** A file that is not a picture. */
export function file(name: string, text: string, mimeType = 'application/pdf'): Chosen {
  return { name, mimeType, buffer: Buffer.from(text) };
}

/** A recording as Tidings makes them, of so many seconds of silence. */
export function recording(name: string, seconds: number): Chosen {
  const rate = 16_000;
  const samples = Buffer.alloc(seconds * rate, 0xff);
  const header = Buffer.alloc(58);
  for (const [text, at] of [['RIFF', 0], ['WAVEfmt ', 8], ['fact', 38], ['data', 50]] as const) header.write(text, at, 'ascii');
  for (const [number, at] of [[samples.length + 50, 4], [18, 16], [rate, 24], [rate, 28], [4, 42], [samples.length, 46], [samples.length, 54]] as const) {
    header.writeUInt32LE(number, at);
  }
  // µ-law, one channel, one byte a sample.
  for (const [number, at] of [[7, 20], [1, 22], [1, 32], [8, 34]] as const) header.writeUInt16LE(number, at);
  return { name, mimeType: 'audio/wav', buffer: Buffer.concat([header, samples]) };
}

function chunk(name: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'ascii'), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, sum]);
}
