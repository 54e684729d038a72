// A phone goes from hand to hand: whoever comes back to this page finds it empty.

const form = document.querySelector("form[data-forget]");

function forget() {
  for (const field of form.querySelectorAll("input")) {
    if (field.type === "email") {
      field.value = "";
    } else if (field.type === "checkbox") {
      field.checked = false;
    }
  }
}

// Only when the page comes out of the browser's memory: after a mistake, what was typed is still there to be corrected.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) {
    forget();
  }
});
window.addEventListener("pagehide", forget);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && form.dataset.sent !== "1") {
    forget();
  }
});
form.addEventListener("submit", () => {
  form.dataset.sent = "1";
});
