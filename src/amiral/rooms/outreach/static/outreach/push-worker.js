// The service worker of notifications. It caches nothing and answers no request of a page: it shows what came,
// and opens the page that it names when it is touched. Its scope is /moi/appareils/; the field app has its own.

self.addEventListener("push", (event) => {
  let told = {};
  try {
    told = event.data ? event.data.json() : {};
  } catch (trouble) {
    told = {};
  }
  const shown = self.registration.showNotification(told.title || "…", {
    body: told.body || "",
    tag: told.tag || "",
    data: { url: told.url || "/" },
  });
  event.waitUntil(shown);
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  // A path of this site and nothing else, whatever was sent.
  const target = new URL(event.notification.data.url, self.location.origin);
  const url = target.origin === self.location.origin ? target.href : self.location.origin;
  event.waitUntil(self.clients.openWindow(url));
});
