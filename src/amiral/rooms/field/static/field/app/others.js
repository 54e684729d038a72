// The other teams for which this phone walks, or walked: what was recorded for them is sent too, whichever tour is open.

import { Notebook } from "../log/notebook.js";
import { devices, forget, opened } from "./enrol.js";
import { held } from "./model.js";
import { wipeRevoked } from "./pack.js";
import { sent } from "./sending.js";

export class Others {
  constructor(own) {
    this.own = own;
    this.unsent = 0;
  }

  async found() {
    const others = (await devices()).filter(({ device }) => device !== this.own);
    return (await Promise.all(others.map(({ device }) => opened(device)))).filter(Boolean);
  }

  async read() {
    const phones = await Promise.all((await this.found()).map(({ store }) => store.load()));
    this.unsent = phones.reduce((sum, phone) => sum + (phone ? phone.unsent.size : 0), 0);
  }

  async flush() {
    if (this.unsent === 0) {
      return;
    }
    for (const one of await this.found()) {
      await this.flushOne(one);
    }
    await this.read();
  }

  async flushOne({ store, enrolment }) {
    let isRevoked = false;
    const book = new Notebook(store, {
      send: async (request) => {
        const answer = await sent({ ...request, has: held(await store.load()) }, enrolment.token);
        isRevoked = Boolean(answer.revoked);
        return answer;
      },
    });
    const { problem } = await book.flush().catch((found) => ({ problem: found }));
    if (!problem && isRevoked && (await wipeRevoked(store))) {
      await forget(enrolment.device);
    }
  }
}
