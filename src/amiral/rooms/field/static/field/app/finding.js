// Which of this browser's devices holds the tour that is asked for.

import { devices, opened } from "./enrol.js";
import { fetchPack, listPacks } from "./pack.js";

// With its store, or null when none does: then it must be enrolled first.
export async function deviceFor(asked) {
  let last = null;
  for (const { device } of await devices()) {
    const found = await opened(device);
    if (found && !asked) {
      return found;
    }
    if (found && (await listPacks(found.store)).some(({ assignment }) => assignment === asked)) {
      return found;
    }
    last = last || found;
  }
  return asked ? mayHold(asked, last) : last;
}

// The list is of a team for which this phone walks already, or there is no network: no other device is needed.
async function mayHold(assignment, last) {
  for (const { device } of await devices()) {
    const found = await opened(device);
    const answer = found && (await fetchPack({ assignment, token: found.enrolment.token }));
    if (answer && (answer.status === "new" || answer.status === "offline")) {
      return answer.status === "new" ? found : last;
    }
  }
  return null;
}
