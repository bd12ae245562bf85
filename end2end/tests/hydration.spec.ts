import { expect, test } from '../support/test';
import { furnish } from '../support/screens';

test('hydration changes nothing on screen and logs no error', async ({ complaints, people, server, signedIn, stranger }) => {
  // The page for an address where nothing is.
  complaints.expect(/404 \(Not Found\).*\/nowhere/);
  const { inside, outside } = await furnish(server, people);
  const ana = await people.get('ana');
  const storageState = await ana.api.storageState();
  for (const path of [...inside, ...outside]) {
    const isInside = inside.includes(path);
    const served = await stranger(path, { javaScriptEnabled: false, ...(isInside ? { storageState } : {}) });
    const before = await served.page.locator('body').innerText();
    const hydrated = isInside ? await signedIn(ana, path) : await stranger(path);
    await hydrated.hydrated();
    // Times are localised and presence arrives after hydration; the words in between stay.
    const words = (text: string) => text.replaceAll(/\d{1,2}:\d{2}|Online|Offline|Idle|Sent|Delivered|Read/g, '').split(/\s+/).join(' ');
    expect(words(await hydrated.page.locator('body').innerText()), path).toBe(words(before));
    await served.close();
    await hydrated.close();
  }
});
