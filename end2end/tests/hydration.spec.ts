import { furnish } from '../support/screens';
import { expect, test } from '../support/test';

/** What follows the moment: times, presence, what the visit itself marks as read, and how the page is connected. */
const OF_THE_MOMENT =
  /\d{1,2}:\d{2}|online|offline|idle|last seen .*|\d+\s+unread|Not connected|WebSocket|Not measured yet|(Less than )?\d+ ms|Last position\s+\d+/g;

/** The words of a page, without those. */
function words(text: string): string {
  return text.replaceAll(OF_THE_MOMENT, '').split(/\s+/).join(' ');
}

test('hydration changes nothing on screen, and no screen logs an error', async ({ complaints, people, server, signedIn, stranger }) => {
  // It opens two dozen browsers, one after the other.
  test.slow();
  complaints.expect(/404 \(Not Found\).*\/nowhere/);
  const { inside, outside } = await furnish(server, people);
  const ana = await people.get('ana');
  const storageState = await ana.api.storageState();

  for (const path of inside) {
    const served = await stranger(path, { javaScriptEnabled: false, storageState });
    const hydrated = await signedIn(ana, path);
    expect(words(await hydrated.page.locator('body').innerText()), path).toBe(
      words(await served.page.locator('body').innerText()),
    );
    await served.close();
    await hydrated.close();
  }
  for (const path of outside) {
    const served = await stranger(path, { javaScriptEnabled: false });
    const hydrated = await stranger(path);
    await hydrated.hydrated();
    expect(await hydrated.page.locator('body').innerText(), path).toBe(await served.page.locator('body').innerText());
    await served.close();
    await hydrated.close();
  }
});
